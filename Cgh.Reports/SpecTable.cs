using System.Globalization;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>Lists the settings of the runs: a table of those that differ and a sentence with the common ones.</summary>
internal static class SpecTable
{
    public static string Make(IReadOnlyList<RunSpec> specs)
    {
        var settings = specs.Select(Settings).ToList();
        var keys = settings.SelectMany(run => run.Keys).Distinct().Where(key => key != "name").ToList();

        // Specs leave out some keys that have their default.
        string Value(int run, string key) => settings[run].GetValueOrDefault(key, "default");
        var same = keys.Where(key => key != "rule" && settings.All(run => run.GetValueOrDefault(key) == settings[0].GetValueOrDefault(key))).ToList();
        var differ = keys.Except(same).ToList();
        var table = MarkdownTable.Make(
            ["run", .. differ],
            [.. specs.Select((spec, index) => (IReadOnlyList<string>)[spec.Name, .. differ.Select(key => Value(index, key))])]);
        return same.Count == 0
            ? table
            : $"{table}\nCommon to all runs: {string.Join(", ", same.Select(key => $"{key} {settings[0][key]}"))}.\n";
    }

    // Settings by their names in a recipe.
    private static Dictionary<string, string> Settings(RunSpec spec) =>
        JsonSerializer.SerializeToElement(spec, CghJson.Line).EnumerateObject().ToDictionary(
            setting => setting.Name,
            setting => setting.Value.ValueKind == JsonValueKind.Number
                ? setting.Value.GetDouble().ToString(CultureInfo.InvariantCulture)
                : setting.Value.ValueKind == JsonValueKind.String ? setting.Value.GetString() is { Length: > 0 } text ? text : "none"
                : setting.Value.GetRawText());
}
