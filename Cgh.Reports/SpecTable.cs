using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>Lists the settings of the runs: a table of those that differ and a sentence with the common ones.</summary>
internal static class SpecTable
{
    public static string Make(IReadOnlyList<RunSpec> specs)
    {
        var settings = specs.Select(SpecSettings.Of).ToList();
        var keys = settings.SelectMany(run => run.Keys).Distinct().Where(key => key != SpecSettings.Name).ToList();

        // Specs leave out some keys that have their default.
        string Value(int run, string key) => settings[run].GetValueOrDefault(key, SpecSettings.Default);
        var differ = keys.Intersect([.. SpecSettings.Differing(settings), "rule"]).ToList();
        var same = keys.Except(differ).ToList();
        var table = MarkdownTable.Make(
            ["run", .. differ],
            [.. specs.Select((spec, index) => (IReadOnlyList<string>)[spec.Name, .. differ.Select(key => Value(index, key))])]);
        return same.Count == 0
            ? table
            : $"{table}\nCommon to all runs: {string.Join(", ", same.Select(key => $"{key} {settings[0][key]}"))}.\n";
    }
}
