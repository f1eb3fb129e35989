using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;

namespace Cgh.Client.Planning;

/// <summary>Throughput of a run.</summary>
/// <param name="Device">The device that the figures are for.</param>
/// <param name="Train">Training images per second.</param>
/// <param name="Evaluate">Evaluated images per second.</param>
/// <param name="Measured">Whether the figures were measured with this product.</param>
/// <param name="Basis">One sentence on where the figures come from.</param>
public sealed record Rate(string Device, double Train, double Evaluate, bool Measured, string Basis)
{
    // A forward pass takes about a third of a training step.
    private const double EvaluationSpeedUp = 3;

    /// <summary>Converts the rate in a recipe.</summary>
    public static Rate Of(StatedRate stated) => FromTraining(
        stated.Device, stated.ImagesPerSecond, stated.Measured, stated.Source.Length > 0 ? stated.Source : "the recipe gives no source.");

    /// <summary>Creates a rate from the training throughput alone.</summary>
    public static Rate FromTraining(string device, double imagesPerSecond, bool measured, string basis) =>
        new(device, imagesPerSecond, EvaluationSpeedUp * imagesPerSecond, measured, basis);
}

/// <summary>Duration of a run at a rate.</summary>
public sealed record PlannedHours(Rate Rate, double Hours);

/// <summary>Estimated cost of a run. What depends on the number of images is null if that is unknown.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Rule">The update rule.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Parameters">Number of model parameters; null if the number of classes is unknown, or without Torch.</param>
/// <param name="Steps">Total number of mini-batches.</param>
/// <param name="ImagesTrained">Training images over all epochs.</param>
/// <param name="ImagesEvaluated">Evaluated images over all evaluations, which take place before every epoch and after the last, tracked ones included.</param>
/// <param name="ImagesMeasured">Images over all measurements of coherence, each with a backward pass.</param>
/// <param name="FolderBytes">Size of the completed run folder: two checkpoints, the weights, the curves and what tracking writes; null without Torch.</param>
/// <param name="CheckpointBytes">Size of a checkpoint; null without Torch.</param>
/// <param name="Hours">Duration at each known rate.</param>
public sealed record RunPlan(
    string Name,
    string Model,
    string Rule,
    int Epochs,
    long? Parameters,
    long? Steps,
    long? ImagesTrained,
    long? ImagesEvaluated,
    long? ImagesMeasured,
    long? FolderBytes,
    long? CheckpointBytes,
    IReadOnlyList<PlannedHours> Hours);

/// <summary>The dataset of a plan.</summary>
/// <param name="Name">Name in the recipe.</param>
/// <param name="Exists">Whether the dataset is packed.</param>
/// <param name="Counts">Number of classes and images; null if neither the dataset nor the recipe has them.</param>
/// <param name="Side">Height and width of the packed images.</param>
/// <param name="Bytes">Size of the packed dataset on disk.</param>
/// <param name="LabelSetBytes">Size of all label sets in the recipe.</param>
public sealed record PlannedDataset(string Name, bool Exists, DatasetCounts? Counts, int Side, long? Bytes, long? LabelSetBytes)
{
    /// <summary>Where to get the images, if the recipe names a source that is not there; else null.</summary>
    public string? MissingSource { get; init; }
}

/// <summary>Disk space that a plan needs in a folder.</summary>
/// <param name="Folder">The folder that is written to.</param>
/// <param name="NeededBytes">Space needed in addition to existing files.</param>
/// <param name="FreeBytes">Free space on the folder's disk; null if unknown.</param>
public sealed record PlannedDisk(string Folder, long NeededBytes, long? FreeBytes);

/// <summary>Estimated cost of a recipe: steps, images, disk space and hours.</summary>
public sealed record ExperimentPlan(string Recipe, PlannedDataset Dataset, IReadOnlyList<RunPlan> Runs, IReadOnlyList<PlannedDisk> Disks)
{
    // A CSV row and its TensorBoard events, rounded up.
    private const long BytesPerRow = 200;

    // A line of files.txt.
    private const int NameBytes = 48;

    // A label and a name.
    private const long MetadataBytesPerImage = 8 + NameBytes;

    /// <summary>Creates the plan.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The data folder, which may hold the dataset.</param>
    /// <param name="rates">Returns the rates of a run.</param>
    /// <param name="sizeOf">Returns the size of a run's model for a number of classes and a side of the images; null without Torch.</param>
    public static ExperimentPlan Make(
        Recipe recipe, DataFolder data, Func<RunSpec, IReadOnlyList<Rate>> rates, Func<RunSpec, int, int, TrainedSize>? sizeOf)
    {
        var folder = data.Dataset(recipe.Dataset.Name);
        using var dataset = Cgh.Core.Datasets.Dataset.Exists(folder) ? Cgh.Core.Datasets.Dataset.Open(folder) : null;
        var counts = dataset is null ? StatedCounts(recipe.Dataset) : CountsOf(dataset.Manifest);
        var side = dataset?.Manifest.Side ?? recipe.Dataset.Demo?.Side ?? recipe.Dataset.Side;
        var trained = recipe.Runs.ToDictionary(run => run.Name, run => PlannedStage.CountsOf(run, recipe, counts));
        var evaluated = recipe.Runs.Select(run => Evaluated(run)).Distinct().ToDictionary(
            kind => kind,
            kind => kind.Counts is not { } known || counts is null ? null
                : !kind.IsDerived ? PlannedEvaluation.Of(recipe, dataset, known, kind.Labels)
                : PlannedEvaluation.Of(
                    recipe, dataset: null, known, kind.Labels, kind.HasOwnTest ? dataset?.OriginalTest?.Manifest.Val.Images ?? counts.Test : 0));
        var runs = recipe.Runs
            .Select(run => PlannedStage.ModelOf(run, recipe) is { } of
                ? PlannedStage.Make(
                    run,
                    of,
                    recipe.Runs.Contains(of) ? trained[of.Name] : counts,
                    of.Derive is null ? rates(of) : [],
                    counts is null ? null : sizeOf?.Invoke(of, counts.Classes, side))
                : PlanRun(
                    run,
                    trained[run.Name],
                    evaluated[Evaluated(run)],
                    rates(run),
                    trained[run.Name] is null ? null : sizeOf?.Invoke(run, trained[run.Name]!.Classes, side)))
            .ToList();
        var source = dataset is null ? NamedSource.Find(recipe.Dataset.Source) : null;
        var planned = new PlannedDataset(
            recipe.Dataset.Name,
            dataset is not null,
            counts,
            side,
            dataset?.Subset is { } subset ? 8L * (subset.Train.Length + (subset.Test?.Length ?? 0))
                : counts is null ? null : ((long)counts.Train + counts.Test) * (((long)side * side * 3) + MetadataBytesPerImage),
            counts is null ? null : recipe.Labels.Sum(set => (counts.Train * 8L) + (set.Matrix is null ? 0 : 8L * counts.Classes * counts.Classes)))
        {
            MissingSource = source?.Missing(data),
        };

        (string Labels, DatasetCounts? Counts, bool IsDerived, bool HasOwnTest) Evaluated(RunSpec run) =>
            (run.Labels, trained[run.Name], StageInputs.Reference(run, recipe) is not null, PlannedStage.HasOwnTest(run, recipe));

        return new ExperimentPlan(recipe.Name, planned, runs, counts is null || sizeOf is null ? [] : DisksFor(data, planned, runs));
    }

    /// <summary>Image counts that a recipe gives for a dataset, itself or by naming its source; null if it gives none.</summary>
    public static DatasetCounts? StatedCounts(DatasetRequest request) => request.Demo is { } demo
        ? new DatasetCounts { Classes = demo.Classes, Train = demo.Train, Test = demo.Test }
        : NamedSource.Find(request.Source)?.CountsOf(request) ?? request.Counts;

    private static DatasetCounts CountsOf(DatasetManifest manifest) =>
        new() { Classes = manifest.Classes.Count, Train = manifest.Train.Images, Test = manifest.Val.Images };

    private static RunPlan PlanRun(RunSpec run, DatasetCounts? counts, PlannedEvaluation? evaluation, IReadOnlyList<Rate> rates, TrainedSize? size)
    {
        var rule = run.Rule.ToString();
        if (counts is null || evaluation is null)
        {
            return new RunPlan(run.Name, run.Model, rule, run.Epochs, null, null, null, null, null, null, null, []);
        }

        var batches = new MiniBatches(counts.Train, run.BatchSize, run.Rule.Groups);
        var steps = (long)run.Epochs * batches.PerEpoch;
        var trained = (long)run.Epochs * batches.ExamplesPerEpoch;
        var evaluations = run.Epochs + 1L;
        var evaluated = evaluation.ImagesEvaluated(run);
        var measured = evaluation.ImagesMeasured(run);
        var logged = (long)run.Epochs * ((batches.PerEpoch + run.LogEvery - 1) / run.LogEvery);
        var rows = logged + (Curves.EvaluationSets.Count * evaluations);
        if (measured > 0)
        {
            rows += logged + (evaluation.Measurements(run) * evaluation.MeasuredSets * (1 + (size?.Layers ?? 0)));
        }

        var checkpoint = size?.ModelBytes + size?.RuleBytes;
        return new RunPlan(
            run.Name,
            run.Model,
            rule,
            run.Epochs,
            size?.Parameters,
            steps,
            trained,
            evaluated,
            measured,
            (2 * checkpoint) + size?.ModelBytes + (rows * BytesPerRow) + TrackingBytes(run, counts.Train),
            checkpoint,
            [.. rates.Select(rate => new PlannedHours(rate, (((trained + measured) / rate.Train) + (evaluated / rate.Evaluate)) / 3600))]);
    }

    private static long TrackingBytes(RunSpec run, int examples) => run.TrackLearning == LearningTracking.Off
        ? 0
        : (TrackedEpochs.Of(run).Count * TrackingFolder.FileBytes(examples)) + LearningFiles.EstimatedBytes(examples, NameBytes);

    private static IReadOnlyList<PlannedDisk> DisksFor(DataFolder data, PlannedDataset dataset, IReadOnlyList<RunPlan> runs)
    {
        var forData = (dataset.Exists ? 0 : dataset.Bytes!.Value) + dataset.LabelSetBytes!.Value;

        // A new checkpoint is written before the oldest is deleted.
        var forRuns = runs.Sum(run => run.FolderBytes!.Value) + runs.Max(run => run.CheckpointBytes!.Value);
        return Path.GetDirectoryName(data.Datasets) == Path.GetDirectoryName(data.Experiments)
            ? [new PlannedDisk(data.Root, forData + forRuns, DiskSpace.Free(data.Root))]
            :
            [
                new PlannedDisk(data.Datasets, forData, DiskSpace.Free(data.Datasets)),
                new PlannedDisk(data.Experiments, forRuns, DiskSpace.Free(data.Experiments)),
            ];
    }
}
