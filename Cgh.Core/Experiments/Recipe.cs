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

/// <summary>What a dataset is expected to hold; for a plan, while it is not there yet.</summary>
public sealed record DatasetCounts
{
    /// <summary>The most that an experiment is planned with: labels are drawn for it, and a model of that many outputs is made.</summary>
    public const int MaxClasses = 100_000;

    /// <inheritdoc cref="MaxClasses"/>
    public const int MaxImages = 20_000_000;

    public int Classes { get; init; }

    public int Train { get; init; }

    public int Test { get; init; }
}

/// <summary>How fast a model trains on a kind of device, for a plan.</summary>
public sealed record StatedRate
{
    /// <summary>Kind of device, and what it computes in.</summary>
    public string Device { get; init; } = "";

    /// <summary>Training images a second.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Whether this product was timed on such a device.</summary>
    public bool Measured { get; init; }

    /// <summary>Where the figure comes from.</summary>
    public string Source { get; init; } = "";
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

    /// <summary>What it holds, where it must be packed first: then it must also have these sizes in pixels.</summary>
    public DatasetCounts? Counts { get; init; }
}

/// <summary>An experiment as a file: which data, which runs, what it costs and what to expect.</summary>
public sealed record Recipe
{
    public const int LowestPriority = 0;
    public const int DefaultPriority = 4;
    public const int HighestPriority = 9;

    public required string Name { get; init; }

    /// <summary>0 to 9: trainers take the runs of the highest first.</summary>
    public int Priority { get; init; } = DefaultPriority;

    public string Description { get; init; } = "";

    /// <summary>What it takes, on what machine.</summary>
    public string Cost { get; init; } = "";

    /// <summary>What to expect of it.</summary>
    public string Expect { get; init; } = "";

    /// <summary>How fast its runs train on some kinds of devices; <c>Cgh.Trainer plan</c> makes hours of them.</summary>
    public IReadOnlyList<StatedRate> Rates { get; init; } = [];

    public required DatasetRequest Dataset { get; init; }

    public IReadOnlyList<LabelSetRequest> Labels { get; init; } = [];

    /// <summary>Complete: the recipe's defaults are filled in.</summary>
    public required IReadOnlyList<RunSpec> Runs { get; init; }

    /// <summary>Reads and checks a recipe file.</summary>
    /// <exception cref="UserErrorException">Names the file, the key, the value and what to do.</exception>
    public static Recipe Load(string path)
    {
        if (Directory.Exists(path))
        {
            throw UserErrorException.Usage($"{path} is a folder: name a recipe's file, such as {Path.Combine(path, "demo.json")}.");
        }

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
            Priority = file.Priority,
            Description = file.Description,
            Cost = file.Cost,
            Expect = file.Expect,
            Rates = file.Rates,
            Dataset = file.Dataset,
            Labels = [.. file.Labels.Select(set => ResolvePaths(set.WithDefaults(), path))],
            Runs = [.. file.Runs.Select((run, index) => Merge(file, run, $"{path}: runs[{index}]"))],
        };
        recipe.Check(path);
        return recipe;
    }

    /// <summary><paramref name="priority"/>, where it is one.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static int CheckPriority(int priority) => IsPriority(priority)
        ? priority
        : throw UserErrorException.Usage($"A priority lies between {LowestPriority} and {HighestPriority} (it is {priority}).");

    private static bool IsPriority(int priority) => priority is >= LowestPriority and <= HighestPriority;

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

    // A file that a recipe names lies where the recipe does.
    private static LabelSetRequest ResolvePaths(LabelSetRequest set, string recipe)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(recipe))!;
        string? Resolve(string? file) => file is null ? null : Path.Combine(folder, file);
        return set with { Matrix = Resolve(set.Matrix), File = Resolve(set.File) };
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
        Require(IsPriority(Priority), $"priority must lie between {LowestPriority} and {HighestPriority} (it is {Priority}).");
        Require(Dataset.Name.Length > 0, "dataset.name is missing: it names the dataset in the data folder.");
        var isMade = Dataset.Demo is not null || Dataset.Source is not null;
        Require(!isMade || DataFolder.IsName(Dataset.Name), $"dataset.name must be letters, digits, '.', '-' and '_' (it is '{Dataset.Name}'): it names the dataset's folder.");
        Require(Dataset.Demo is null || Dataset.Source is null, "dataset has both demo and source: choose one.");
        Require(Dataset.Counts is not { } counts || (counts.Classes >= 1 && counts.Train >= 1 && counts.Test >= 1), "dataset.counts needs classes, train and test, each at least 1.");
        Require(Dataset.Counts is null || !isMade, "dataset has counts as well as demo or source: leave counts out, they are for a dataset that must be packed first.");
        var stated = Dataset.Counts ?? (Dataset.Demo is { } made ? new DatasetCounts { Classes = made.Classes, Train = made.Train, Test = made.Test } : new DatasetCounts());
        Require(
            stated is { Classes: <= DatasetCounts.MaxClasses, Train: <= DatasetCounts.MaxImages, Test: <= DatasetCounts.MaxImages },
            $"dataset: at most {DatasetCounts.MaxClasses} classes and {DatasetCounts.MaxImages} images of a split (it has {stated.Classes} classes, {stated.Train} training and {stated.Test} test images).");
        Require(Rates.Select(rate => rate.Device).Distinct(StringComparer.Ordinal).Count() == Rates.Count, "rates: two are of the same device. Leave one out.");
        foreach (var rate in Rates)
        {
            Require(rate.Device.Length > 0, "rates: device is missing: name the kind of device that the rate is of.");
            Require(double.IsFinite(rate.ImagesPerSecond) && rate.ImagesPerSecond > 0, $"rates '{rate.Device}': imagesPerSecond must be above 0 (it is {rate.ImagesPerSecond}).");
        }

        Require(Runs.Count > 0, "runs is empty: name at least one run.");
        var labels = new HashSet<string>(StringComparer.Ordinal) { LabelSet.Original };
        foreach (var set in Labels)
        {
            Require(set.Validate() is null, $"labels '{set.Name}': {set.Validate()}");
            Require(labels.Add(set.Name), $"two label sets are named '{set.Name}'.");
            CheckFile(set, path);
        }

        // Folders of runs: on some systems names that differ in case alone are one folder.
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var run in Runs)
        {
            RunSpecRules.Check(run, $"{path}: run '{run.Name}'");
            Require(names.Add(run.Name), $"two runs are named '{run.Name}'.");
            Require(!isMade || labels.Contains(run.Labels), $"run '{run.Name}': labels '{run.Labels}' is not among the recipe's label sets.{NearestName.Suggest(run.Labels, labels)}");
            var tooSmall = isMade ? RunSpecRules.SideFailure(run, Dataset.Demo?.Side ?? Dataset.Side) : null;
            Require(tooSmall is null, $"run '{run.Name}': {tooSmall}");
            Require(stated.Train == 0 || run.BatchSize <= stated.Train, $"run '{run.Name}': batchSize {run.BatchSize} is larger than the data ({stated.Train} training images).");
        }
    }

    // As far as it can be without the dataset.
    private void CheckFile(LabelSetRequest set, string path)
    {
        try
        {
            if (set.Matrix is { } matrix)
            {
                _ = Dataset.Demo is { } demo ? TransitionMatrix.Load(matrix, demo.Classes) : TransitionMatrix.Load(matrix);
            }
            else if (set.File is { } file && !File.Exists(file))
            {
                throw new UserErrorException($"there is no file {file}. Check the path; it is relative to the recipe.");
            }
        }
        catch (UserErrorException error)
        {
            throw UserErrorException.Usage($"{path}: labels '{set.Name}': {error.Message}");
        }
    }

    // The file as a person writes it: runs are what differs from the defaults.
    private sealed record RecipeFile
    {
        public string Name { get; init; } = "";

        public int Priority { get; init; } = DefaultPriority;

        public string Description { get; init; } = "";

        public string Cost { get; init; } = "";

        public string Expect { get; init; } = "";

        public IReadOnlyList<StatedRate> Rates { get; init; } = [];

        public DatasetRequest Dataset { get; init; } = new();

        public IReadOnlyList<LabelSetRequest> Labels { get; init; } = [];

        public JsonObject Defaults { get; init; } = [];

        public IReadOnlyList<JsonObject> Runs { get; init; } = [];
    }
}
