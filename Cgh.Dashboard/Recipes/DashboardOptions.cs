namespace Cgh.Dashboard.Recipes;

/// <summary>The configuration section <c>Dashboard</c>.</summary>
public sealed record DashboardOptions
{
    public const string Section = "Dashboard";

    /// <summary>
    /// Folder of the recipes that can be started with a click. When empty: the nearest folder named <c>recipes</c> in the working
    /// directory, one of those above it, or beside the program.
    /// </summary>
    public string Recipes { get; init; } = "";
}
