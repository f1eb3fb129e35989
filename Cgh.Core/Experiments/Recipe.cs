using System.Text.Json.Nodes;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary>Images that <c>demo</c> makes.</summary>
public sealed record DemoImages
{
    public int Classes { get; init; } = 100;

    public int Train { get; init; } = 4000;

    public int Test { get; init; } = 2000;

    /// <summary>Height and width in pixels.</summary>
    public int Side { get; init; } = 16;

    public uint Seed { get; init; }

    public override string ToString() => $"demo images: {Classes} classes, {Train} train, {Test} test, side {Side}, seed {Seed}";
}

/// <summary>A dataset that an experiment needs; made when it is not there.</summary>
public sealed record DatasetRequest
{
    /// <summary>Its name in the data folder.</summary>
    public string Name { get; init; } = "";

    /// <summary>Make these images and pack them; excludes <see cref="Source"/>.</summary>
    public DemoImages? Demo { get; init; }

    /// <summary>A folder in ImageNet's layout to pack; with neither, the dataset must exist.</summary>
    public string? Source { get; init; }

    public int Side { get; init; } = 224;

    public int ShortSide { get; init; } = 256;
}

/// <summary>A label set that an experiment needs; made when it is not there.</summary>
public sealed record LabelSetRequest
{
    /// <summary>When empty, <see cref="LabelSet.DefaultName"/>.</summary>
    public string Name { get; init; } = "";

    public double Fraction { get; init; }

    public uint Seed { get; init; }
}

/// <summary>An experiment as a file: which data, which runs, what it costs and what to expect.</summary>
public sealed record Recipe
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>What it takes, on what machine.</summary>
    public string Cost { get; init; } = "";

    /// <summary>What to expect of it.</summary>
    public string Expect { get; init; } = "";

    public required DatasetRequest Dataset { get; init; }

    public IReadOnlyList<LabelSetRequest> Labels { get; init; } = [];

    /// <summary>Complete: the recipe's defaults are filled in.</summary>
    public required IReadOnlyList<RunSpec> Runs { get; init; }

    /// <summary>Reads and checks a recipe file.</summary>
    /// <exception cref="UserErrorException">Names the file, the key, the value and what to do.</exception>
    public static Recipe Load(string path)
    {
        if (!File.Exists(path))
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var there = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray() : [];
            var hint = there.Length == 0 ? " Check the path." : NearestName.Suggest(Path.GetFileName(path), there);
            throw UserErrorException.Usage($"No recipe at {path}.{hint}");
        }

        var file = CghJson.LoadStrict<RecipeFile>(path);
        var recipe = new Recipe
        {
            Name = file.Name.Length > 0 ? file.Name : Path.GetFileNameWithoutExtension(path),
            Description = file.Description,
            Cost = file.Cost,
            Expect = file.Expect,
            Dataset = file.Dataset,
            Labels = [.. file.Labels.Select(set => set.Name.Length > 0 ? set : set with { Name = LabelSet.DefaultName(set.Fraction, set.Seed) })],
            Runs = [.. file.Runs.Select((run, index) => Merge(file, run, $"{path}: runs[{index}]"))],
        };
        recipe.Check(path);
        return recipe;
    }

    private static RunSpec Merge(RecipeFile file, JsonObject run, string origin)
    {
        var merged = (JsonObject)file.Defaults.DeepClone();
        merged["dataset"] = file.Dataset.Name;
        foreach (var (key, value) in run)
        {
            if (key.Equals("dataset", StringComparison.OrdinalIgnoreCase))
            {
                throw UserErrorException.Usage($"{origin}: dataset cannot be set for one run: a recipe has one dataset. Write a second recipe.");
            }

            merged[key] = value?.DeepClone();
        }

        return CghJson.ParseStrict<RunSpec>(merged.ToJsonString(), origin);
    }

    private void Check(string path)
    {
        void Require(bool holds, string failure)
        {
            if (!holds)
            {
                throw UserErrorException.Usage($"{path}: {failure}");
            }
        }

        Require(DataFolder.IsName(Name), $"name must be letters, digits, '.', '-' and '_' (it is '{Name}'): it names the experiment's folder.");
        Require(Dataset.Name.Length > 0, "dataset.name is missing: it names the dataset in the data folder.");
        var isMade = Dataset.Demo is not null || Dataset.Source is not null;
        Require(!isMade || DataFolder.IsName(Dataset.Name), $"dataset.name must be letters, digits, '.', '-' and '_' (it is '{Dataset.Name}'): it names the dataset's folder.");
        Require(Dataset.Demo is null || Dataset.Source is null, "dataset has both demo and source: choose one.");
        Require(Runs.Count > 0, "runs is empty: name at least one run.");
        var labels = new HashSet<string>(StringComparer.Ordinal) { LabelSet.Original };
        foreach (var set in Labels)
        {
            Require(set.Fraction is >= 0 and <= 1, $"labels '{set.Name}': fraction must lie between 0 and 1 (it is {set.Fraction}).");
            Require(DataFolder.IsName(set.Name) && set.Name != LabelSet.Original, $"labels: '{set.Name}' cannot name a label set.");
            Require(labels.Add(set.Name), $"two label sets are named '{set.Name}'.");
        }

        // Folders of runs: on some systems names that differ in case alone are one folder.
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var run in Runs)
        {
            RunSpecRules.Check(run, $"{path}: run '{run.Name}'");
            Require(names.Add(run.Name), $"two runs are named '{run.Name}'.");
            Require(!run.Name.Equals(ExperimentFolder.Figures, StringComparison.OrdinalIgnoreCase), $"a run cannot be named '{run.Name}': the report's pictures lie in that folder.");
            Require(!isMade || labels.Contains(run.Labels), $"run '{run.Name}': labels '{run.Labels}' is not among the recipe's label sets.{NearestName.Suggest(run.Labels, labels)}");
            Require(Dataset.Demo is null || run.BatchSize <= Dataset.Demo.Train, $"run '{run.Name}': batchSize {run.BatchSize} is larger than the data ({Dataset.Demo?.Train} training images).");
        }
    }

    // The file as a person writes it: runs are what differs from the defaults.
    private sealed record RecipeFile
    {
        public string Name { get; init; } = "";

        public string Description { get; init; } = "";

        public string Cost { get; init; } = "";

        public string Expect { get; init; } = "";

        public DatasetRequest Dataset { get; init; } = new();

        public IReadOnlyList<LabelSetRequest> Labels { get; init; } = [];

        public JsonObject Defaults { get; init; } = [];

        public IReadOnlyList<JsonObject> Runs { get; init; } = [];
    }
}
