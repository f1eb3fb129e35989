namespace Cgh.Dashboard.Components;

/// <summary>A comma-separated set of names in a query string.</summary>
internal static class QueryList
{
    public static IReadOnlySet<string> Parse(string? value) => Split(value).ToHashSet(StringComparer.Ordinal);

    /// <summary>Adds <paramref name="name"/>, or removes it if present; null when the set is empty.</summary>
    public static string? Toggle(string? value, string name)
    {
        var names = Split(value);
        var toggled = names.Contains(name) ? names.Where(other => other != name) : names.Append(name);
        return string.Join(',', toggled) is { Length: > 0 } list ? list : null;
    }

    private static string[] Split(string? value) => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
}
