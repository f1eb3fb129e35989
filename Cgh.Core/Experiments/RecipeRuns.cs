using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary>Reads the runs of a recipe: repeats an entry for each of its seeds, and fills in the defaults.</summary>
internal static class RecipeRuns
{
    private const string Seeds = "seeds";
    private const string SeedMark = "{seed}";
    private const int MaxSeeds = 1000;

    // A stage takes everything else from the run that it derives from.
    private static readonly string[] s_keysOfStages = ["name", "derive", "seed", "device", "threads", "evaluationBatchSize"];

    /// <summary>Returns the runs. Entries with unknown keys or values of the wrong type are left out, and their failures added.</summary>
    /// <param name="entries">The entries as written.</param>
    /// <param name="defaults">Keys of all runs.</param>
    /// <param name="dataset">Name of the recipe's dataset.</param>
    /// <param name="path">Path of the recipe, to which paths in it are relative.</param>
    /// <param name="failures">Receives the failures.</param>
    public static IReadOnlyList<RunSpec> Read(
        IReadOnlyList<JsonObject> entries, JsonObject defaults, string dataset, string path, RecipeFailures failures)
    {
        var runs = new List<RunSpec>();
        for (var i = 0; i < entries.Count; i++)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"runs[{i}]");
            foreach (var entry in ForEachSeed(entries[i], place, failures))
            {
                if (Merge(entry, defaults, dataset, path, place, failures) is { } run)
                {
                    runs.Add(run);
                }
            }
        }

        return runs;
    }

    private static IEnumerable<JsonObject> ForEachSeed(JsonObject entry, string place, RecipeFailures failures)
    {
        var key = KeyOf(entry, Seeds);
        if (key is null)
        {
            return [entry];
        }

        if (entry[key] is not JsonArray { Count: > 0 and <= MaxSeeds } list || list.Any(seed => !IsSeed(seed)))
        {
            failures.Add(place, $"seeds must be a list of 1 to {MaxSeeds} integers from 0 to {uint.MaxValue}, such as [0, 1, 2].");
            return [];
        }

        if (KeyOf(entry, "seed") is not null)
        {
            failures.Add(place, "has both seed and seeds. Remove one.");
            return [];
        }

        if (KeyOf(entry, "name") is not { } name || entry[name]?.ToString().Contains(SeedMark, StringComparison.Ordinal) != true)
        {
            failures.Add(place, $"name must contain {SeedMark}, such as \"sgd-{SeedMark}\", because the entry has several seeds.");
            return [];
        }

        return list.Select(seed => seed!.GetValue<uint>()).ToList().ConvertAll(seed =>
        {
            var run = (JsonObject)Replaced(entry, seed.ToString(CultureInfo.InvariantCulture))!;
            run.Remove(key);
            run["seed"] = seed;
            return run;
        });
    }

    private static bool IsSeed(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<uint>(out _);

    // A copy with the seed in all texts.
    private static JsonNode? Replaced(JsonNode? node, string seed) => node switch
    {
        JsonObject pairs => new JsonObject(pairs.Select(pair => KeyValuePair.Create(pair.Key, Replaced(pair.Value, seed)))),
        JsonArray items => new JsonArray([.. items.Select(item => Replaced(item, seed))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String =>
            JsonValue.Create(value.GetValue<string>().Replace(SeedMark, seed, StringComparison.Ordinal)),
        _ => node?.DeepClone(),
    };

    private static RunSpec? Merge(JsonObject entry, JsonObject defaults, string dataset, string path, string place, RecipeFailures failures)
    {
        var isStage = KeyOf(entry, "derive") is not null;
        var merged = new JsonObject();
        foreach (var (key, value) in defaults)
        {
            if (!isStage || IsOfStages(key))
            {
                merged[key] = value?.DeepClone();
            }
        }

        merged["dataset"] = dataset;
        foreach (var (key, value) in entry)
        {
            if (isStage && !IsOfStages(key))
            {
                failures.Add(place, $"{UserText.Shortened(key)} does not apply to a stage, which takes it from the run that it derives from. Remove it.");
                continue;
            }

            merged[key] = value?.DeepClone();
        }

        var invalid = new List<string>();
        var isValid = CghJson.TryParseStrict<RunSpec>(merged.ToJsonString(), $"{path}: {place}", invalid, out var spec);
        invalid.ForEach(failure => failures.Add(place, failure));
        return !isValid || spec is null ? null
            : spec.Derive is not { } stage ? spec
            // One pass over the examples.
            : spec with { Epochs = 1, Derive = stage with { Indices = Resolved(stage.Indices, path), TestIndices = Resolved(stage.TestIndices, path) } };
    }

    private static bool IsOfStages(string key) => s_keysOfStages.Contains(key, StringComparer.OrdinalIgnoreCase);

    private static string? Resolved(string? file, string recipe) => file is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(recipe))!, file);

    private static string? KeyOf(JsonObject entry, string key) =>
        entry.Select(pair => pair.Key).FirstOrDefault(other => other.Equals(key, StringComparison.OrdinalIgnoreCase));
}
