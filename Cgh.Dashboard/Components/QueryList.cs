namespace Cgh.Dashboard.Parts;

/// <summary>A set of names in an address, separated by commas.</summary>
internal static class QueryList
{
    public static IReadOnlySet<string> Parse(string? value) => Split(value).ToHashSet(StringComparer.Ordinal);

    /// <summary>With <paramref name="name"/> when it was not there, without it when it was; null when none is left.</summary>
    public static string? Toggle(string? value, string name)
    {
        var names = Split(value);
        var toggled = names.Contains(name) ? names.Where(other => other != name) : names.Append(name);
        return string.Join(',', toggled) is { Length: > 0 } list ? list : null;
    }

    private static string[] Split(string? value) => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
}
