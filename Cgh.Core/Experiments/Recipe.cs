using System.Text.Json.Nodes;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Core.Experiments;

/// <summary>An experiment as a file: its dataset, its runs, what it costs and what to expect.</summary>
public sealed record Recipe
{
    /// <summary>Lowest <see cref="Priority"/>.</summary>
    public const int LowestPriority = 0;

    /// <summary><see cref="Priority"/> of a recipe that has none.</summary>
    public const int DefaultPriority = 4;

    /// <summary>Highest <see cref="Priority"/>.</summary>
    public const int HighestPriority = 9;

    /// <summary>Name of the recipe, from which experiment ids are built.</summary>
    public required string Name { get; init; }

    /// <summary>0 to 9. Trainers take runs of a higher priority first.</summary>
    public int Priority { get; init; } = DefaultPriority;

    /// <summary>What the experiment is about.</summary>
    public string Description { get; init; } = "";

    /// <summary>Time and hardware that the experiment takes.</summary>
    public string Cost { get; init; } = "";

    /// <summary>The expected result.</summary>
    public string Expect { get; init; } = "";

    /// <summary>Training throughput per kind of device, from which <c>Cgh.Trainer plan</c> estimates hours.</summary>
    public IReadOnlyList<StatedRate> Rates { get; init; } = [];

    /// <summary>The dataset of all runs.</summary>
    public required DatasetRequest Dataset { get; init; }

    /// <summary>Label sets to create, besides <c>original</c>.</summary>
    public IReadOnlyList<LabelSetRequest> Labels { get; init; } = [];

    /// <summary>The runs, with the recipe's defaults filled in.</summary>
    public required IReadOnlyList<RunSpec> Runs { get; init; }

    /// <summary>Reads and validates a recipe file.</summary>
    /// <exception cref="UserErrorException">
    /// The file is missing or invalid; the message has a line for each failure, which names the file, the key, the value and the remedy.
    /// </exception>
    public static Recipe Load(string path)
    {
        if (Directory.Exists(path))
        {
            throw UserErrorException.Usage($"{path} is a folder. Give a recipe file, such as {Path.Combine(path, "demo.json")}.");
        }

        if (!File.Exists(path))
        {
            throw UserErrorException.Usage($"No recipe at {path}.{RecipeFinder.SuggestNear(path)}");
        }

        return From(CghJson.LoadStrict<RecipeJson>(path), path);
    }

    /// <summary>Validates the text of a recipe like <see cref="Load"/>. Its paths are relative to the working directory.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="origin">Where the text comes from, for error messages; also the recipe's name if it has none.</param>
    /// <exception cref="UserErrorException">The recipe is invalid; the message has a line for each failure.</exception>
    public static Recipe Parse(string text, string origin) => From(CghJson.ParseStrict<RecipeJson>(text, origin), origin);

    private static Recipe From(RecipeJson file, string path)
    {
        var failures = new RecipeFailures();
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
            Runs = RecipeRuns.Read(file.Runs, file.Defaults, file.Dataset.Name, path, failures),
        };
        failures.Require(file.Runs.Count > 0, "runs is empty. Add at least one run.");
        recipe.Check(failures);
        failures.Throw(path);
        return recipe;
    }

    /// <summary>
    /// Returns the recipe with the paths of its source resolved against the working directory: DataPrep runs in another one, perhaps on another
    /// machine. A <see cref="NamedSource"/> is found there.
    /// </summary>
    public Recipe WithAbsoluteSource() => this with
    {
        Dataset = Dataset with
        {
            Source = Dataset.Source is { } source && NamedSource.Find(source) is null ? Path.GetFullPath(source) : Dataset.Source,
            ValLabels = Dataset.ValLabels is { } labels ? Path.GetFullPath(labels) : null,
            ClassNames = Dataset.ClassNames is { } names ? Path.GetFullPath(names) : null,
        },
    };

    /// <summary>Returns <paramref name="priority"/> if it is valid.</summary>
    /// <exception cref="UserErrorException">The priority is out of range.</exception>
    public static int CheckPriority(int priority) => IsPriority(priority)
        ? priority
        : throw UserErrorException.Usage($"Priority must be between {LowestPriority} and {HighestPriority} (it is {priority}).");

    private static bool IsPriority(int priority) => priority is >= LowestPriority and <= HighestPriority;

    // Paths in a recipe are relative to the recipe's folder.
    private static LabelSetRequest ResolvePaths(LabelSetRequest set, string recipe)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(recipe))!;
        string? Resolve(string? file) => file is null ? null : Path.Combine(folder, file);
        return set with { Matrix = Resolve(set.Matrix), File = Resolve(set.File) };
    }

    private void Check(RecipeFailures failures)
    {
        failures.Require(
            DataFolder.IsName(Name),
            $"name may contain only letters, digits, '.', '-' and '_' (it is '{UserText.Shortened(Name)}'): the experiment's folder is named after it.");
        failures.Require(IsPriority(Priority), $"priority must be between {LowestPriority} and {HighestPriority} (it is {Priority}).");
        var beforeDataset = failures.Count;
        failures.Require(Dataset.Name.Length > 0, "dataset.name is missing. Set it to the name of the dataset in the data folder.");
        var isMade = Dataset.Demo is not null || Dataset.Source is not null;
        failures.Require(
            !isMade || DataFolder.IsName(Dataset.Name),
            $"dataset.name may contain only letters, digits, '.', '-' and '_' (it is '{UserText.Shortened(Dataset.Name)}'): "
            + "the dataset's folder is named after it.");
        failures.Require(Dataset.Demo is null || Dataset.Source is null, "dataset has both demo and source. Choose one.");
        failures.Require(
            Dataset.Counts is not { } counts || (counts.Classes >= 1 && counts.Train >= 1 && counts.Test >= 1),
            "dataset.counts needs classes, train and test, each at least 1.");
        failures.Require(
            Dataset.Counts is null || !isMade,
            "dataset has counts as well as demo or source. Remove counts: they describe a dataset that you pack yourself.");
        foreach (var failure in Dataset.SourceFailures())
        {
            failures.Add(place: "", failure);
        }

        var stated = Dataset.Counts ?? (Dataset.Demo is { } demo
            ? new DatasetCounts { Classes = demo.Classes, Train = demo.Train, Test = demo.Test }
            : new DatasetCounts());
        failures.Require(
            Dataset.Demo is not null || stated is { Classes: <= DatasetCounts.MaxClasses, Train: <= DatasetCounts.MaxImages, Test: <= DatasetCounts.MaxImages },
            $"dataset may have at most {DatasetCounts.MaxClasses} classes and {DatasetCounts.MaxImages} images per split "
            + $"(it has {stated.Classes} classes, {stated.Train} training and {stated.Test} test images).");
        var isDatasetValid = failures.Count == beforeDataset;
        failures.Require(
            Rates.Select(rate => rate.Device).Distinct(StringComparer.Ordinal).Count() == Rates.Count,
            "rates has two entries for the same device. Remove one.");
        foreach (var rate in Rates)
        {
            failures.Require(rate.Device.Length > 0, "rates has an entry without a device. Name the kind of device.");
            failures.Require(
                double.IsFinite(rate.ImagesPerSecond) && rate.ImagesPerSecond > 0,
                $"rates '{UserText.Shortened(rate.Device)}': imagesPerSecond must be above 0 (it is {rate.ImagesPerSecond}).");
        }

        var labels = new HashSet<string>(StringComparer.Ordinal) { LabelSet.Original };
        // Label files are named after their sets, and some file systems ignore case.
        var labelFiles = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var set in Labels)
        {
            if (set.Validate() is { } invalid)
            {
                failures.Add($"labels '{UserText.Shortened(set.Name)}'", invalid);
                labels.Add(set.Name);
                continue;
            }

            // A dataset that exists may have other label sets, but not those that the recipe makes later.
            if (set.From is { } from && !labels.Contains(from) && (isMade || Labels.Any(other => other.Name == from)))
            {
                failures.Add($"labels '{set.Name}'", $"from: '{from}' is not among the label sets before it.{NearestName.Suggest(from, labels)}");
            }

            failures.Require(labelFiles.Add(set.Name) && labels.Add(set.Name), $"two label sets are named '{UserText.Shortened(set.Name)}'.");
            CheckFile(set, failures);
        }

        // Run folders are named after their runs, and some file systems ignore case.
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var run in Runs)
        {
            var place = $"run '{UserText.Shortened(run.Name)}'";
            // A missing dataset is the recipe's failure, not that of each run.
            foreach (var failure in RunSpecRules.Failures(run with { Dataset = Name }))
            {
                failures.Add(place, failure);
            }

            failures.Require(names.Add(run.Name), $"two runs are named '{UserText.Shortened(run.Name)}'.");
            if (isMade && (StageInputs.Reference(run, this) ?? StageInputs.LabelsReference(run)) is null && !labels.Contains(run.Labels))
            {
                failures.Add(place, $"labels '{run.Labels}' is not among the recipe's label sets.{NearestName.Suggest(run.Labels, labels)}");
            }

            if (run.Derive is not null)
            {
                continue;
            }

            if (isDatasetValid && isMade && RunSpecRules.SideFailure(run, Dataset.Demo?.Side ?? Dataset.Side) is { } tooSmall)
            {
                failures.Add(place, tooSmall);
            }

            if (isDatasetValid && RecipeStages.TrainOf(run, this, stated.Train) is > 0 and var train && run.BatchSize > train)
            {
                failures.Add(place, $"batchSize {run.BatchSize} is larger than the data ({train} training images).");
            }
        }

        RecipeStages.Check(this, isDatasetValid ? stated.Train : 0, failures);
    }

    // Checks what does not need the dataset, which may not exist yet.
    private void CheckFile(LabelSetRequest set, RecipeFailures failures)
    {
        try
        {
            if (set.Matrix is { } matrix)
            {
                _ = Dataset.Demo is { } demo ? TransitionMatrix.Load(matrix, demo.Classes) : TransitionMatrix.Load(matrix);
            }
            else if (set.File is { } file && !File.Exists(file))
            {
                throw new UserErrorException($"{file} does not exist. Check the path, which is relative to the recipe.");
            }
            else if (set.File is { } labels && Dataset.Demo is { } images && images.Failure() is null)
            {
                // Without the names of files that are yet to be generated, of a table only the labels.
                LabelFile.Read(labels, [.. Enumerable.Range(0, images.Classes).Select(DemoImages.ClassName)], images.Train, files: () => []);
            }
        }
        catch (UserErrorException error)
        {
            failures.Add($"labels '{UserText.Shortened(set.Name)}'", error.Message);
        }
    }

    // The file as written: each run holds only what differs from the defaults.
    private sealed record RecipeJson
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
