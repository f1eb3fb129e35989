namespace Cgh.Dashboard.Recipes;

/// <summary>The configuration section <c>Dashboard</c>.</summary>
public sealed record DashboardOptions
{
    public const string Section = "Dashboard";

    /// <summary>
    /// Folder with the recipes to offer. If empty: the nearest folder named <c>recipes</c> in the working directory or one of its
    /// parents, else beside the program.
    /// </summary>
    public string Recipes { get; init; } = "";

    /// <summary>
    /// Names with a dot under which browsers may ask for the pages, separated by semicolons; <c>*.example.org</c> for all below one, <c>*</c> for any.
    /// Addresses, names without a dot and the machine's own name need not be listed.
    /// </summary>
    public string AllowedHosts { get; init; } = "";

    /// <summary>The token with which scripts may start and stop experiments through the API. If empty, the API only reads.</summary>
    public string ApiToken { get; init; } = "";
}
