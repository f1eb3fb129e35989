using System.Globalization;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>The settings of a run by their names in a recipe.</summary>
public static class SpecSettings
{
    /// <summary>What a run is called, which does not change its result.</summary>
    public const string Name = "name";

    public const string Seed = "seed";

    /// <summary>Shown for a key that a spec leaves out.</summary>
    public const string Default = "default";

    /// <summary>The settings as text; keys that the spec leaves out have their default.</summary>
    public static IReadOnlyDictionary<string, string> Of(RunSpec spec) =>
        JsonSerializer.SerializeToElement(spec, CghJson.Line).EnumerateObject().ToDictionary(
            setting => setting.Name,
            setting => setting.Value.ValueKind == JsonValueKind.Number
                ? setting.Value.GetDouble().ToString(CultureInfo.InvariantCulture)
                : setting.Value.ValueKind == JsonValueKind.String ? setting.Value.GetString() is { Length: > 0 } text ? text : "none"
                : setting.Value.GetRawText());

    /// <summary>Keys in which settings differ, without <see cref="Name"/>, in the order of the spec.</summary>
    public static IReadOnlyList<string> Differing(IReadOnlyList<IReadOnlyDictionary<string, string>> settings) =>
    [
        .. settings.SelectMany(run => run.Keys).Distinct()
            .Where(key => key != Name && settings.Any(run => run.GetValueOrDefault(key) != settings[0].GetValueOrDefault(key))),
    ];
}
