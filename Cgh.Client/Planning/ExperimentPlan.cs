using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Client.Planning;

/// <summary>How fast a run goes.</summary>
/// <param name="Device">What it goes on.</param>
/// <param name="Train">Training images a second.</param>
/// <param name="Evaluate">Images of evaluations a second.</param>
/// <param name="Measured">Whether this product was timed.</param>
/// <param name="Basis">Where the figures come from, in a sentence.</param>
public sealed record Rate(string Device, double Train, double Evaluate, bool Measured, string Basis)
{
    /// <summary>What an evaluation's rate is taken for where only the training's is known: a forward pass is a third of a step.</summary>
    private const double EvaluationSpeedUp = 3;

    /// <summary>The rate that a recipe states.</summary>
    public static Rate Of(StatedRate stated) => FromTraining(
        stated.Device, stated.ImagesPerSecond, stated.Measured, stated.Source.Length > 0 ? stated.Source : "the recipe does not say where the figure comes from.");

    /// <summary>A rate of which only the training's is known.</summary>
    public static Rate FromTraining(string device, double imagesPerSecond, bool measured, string basis) =>
        new(device, imagesPerSecond, EvaluationSpeedUp * imagesPerSecond, measured, basis);
}

/// <summary>Hours that a run takes at a rate.</summary>
public sealed record PlannedHours(Rate Rate, double Hours);

/// <summary>What a run takes; what depends on the number of images is null while that is not known.</summary>
/// <param name="Name">Of the run.</param>
/// <param name="Model">Its model.</param>
/// <param name="Rule">Its update rule.</param>
/// <param name="Epochs">Of the whole run.</param>
/// <param name="Parameters">Weights of the model; null while the number of classes is not known, or without Torch.</param>
/// <param name="Steps">Mini-batches of the whole run.</param>
/// <param name="ImagesTrained">Over all epochs.</param>
/// <param name="ImagesEvaluated">Over all evaluations: before every epoch and after the last.</param>
/// <param name="FolderBytes">The run folder when the run has ended: two checkpoints, the weights, curves; null without Torch.</param>
/// <param name="CheckpointBytes">One checkpoint; null without Torch.</param>
/// <param name="Hours">At each rate that is known.</param>
public sealed record RunPlan(
    string Name,
    string Model,
    string Rule,
    int Epochs,
    long? Parameters,
    long? Steps,
    long? ImagesTrained,
    long? ImagesEvaluated,
    long? FolderBytes,
    long? CheckpointBytes,
    IReadOnlyList<PlannedHours> Hours);

/// <summary>The dataset that a plan counts with.</summary>
/// <param name="Name">As the recipe names it.</param>
/// <param name="Exists">Whether it is packed.</param>
/// <param name="Counts">Classes and images; null when neither the dataset nor the recipe tells.</param>
/// <param name="Side">Height and width of the packed images.</param>
/// <param name="Bytes">On the disk, packed.</param>
/// <param name="LabelSetBytes">All label sets of the recipe.</param>
public sealed record PlannedDataset(string Name, bool Exists, DatasetCounts? Counts, int Side, long? Bytes, long? LabelSetBytes);

/// <summary>What a plan needs of a disk.</summary>
/// <param name="Folder">That is written to.</param>
/// <param name="NeededBytes">Besides what is there already.</param>
/// <param name="FreeBytes">On its disk; null where that is not known.</param>
public sealed record PlannedDisk(string Folder, long NeededBytes, long? FreeBytes);

/// <summary>What a recipe takes: steps, images, disk and hours, before anything starts.</summary>
public sealed record ExperimentPlan(string Recipe, PlannedDataset Dataset, IReadOnlyList<RunPlan> Runs, IReadOnlyList<PlannedDisk> Disks)
{
    // What a row of a CSV and its TensorBoard events take, rounded up.
    private const long BytesOfARow = 200;

    // A label, and a line of files.txt.
    private const long BytesBesidePixels = 8 + 48;

    /// <summary>Makes the plan.</summary>
    /// <param name="recipe">What is to be run.</param>
    /// <param name="data">Where the dataset is looked for.</param>
    /// <param name="rates">The rates of a run.</param>
    /// <param name="sizeOf">How large what a run trains is, with so many classes; null where nobody can tell.</param>
    public static ExperimentPlan Make(Recipe recipe, DataFolder data, Func<RunSpec, IReadOnlyList<Rate>> rates, Func<RunSpec, int, TrainedSize>? sizeOf)
    {
        var folder = data.Dataset(recipe.Dataset.Name);
        using var dataset = File.Exists(Path.Combine(folder, DatasetManifest.FileName)) ? Cgh.Core.Datasets.Dataset.Open(folder) : null;
        var counts = dataset is null ? StatedCounts(recipe.Dataset) : CountsOf(dataset.Manifest);
        var side = dataset?.Manifest.Side ?? recipe.Dataset.Demo?.Side ?? recipe.Dataset.Side;
        var evaluated = recipe.Runs.Select(run => run.Labels).Distinct()
            .ToDictionary(labels => labels, labels => counts is null ? (long?)null : ImagesOfAnEvaluation(recipe, dataset, counts, labels));
        var runs = recipe.Runs.Select(run => PlanRun(run, counts, evaluated[run.Labels], rates(run), sizeOf)).ToList();
        var planned = new PlannedDataset(
            recipe.Dataset.Name,
            dataset is not null,
            counts,
            side,
            counts is null ? null : ((long)counts.Train + counts.Test) * (((long)side * side * 3) + BytesBesidePixels),
            counts is null ? null : recipe.Labels.Sum(set => (counts.Train * 8L) + (set.Matrix is null ? 0 : 8L * counts.Classes * counts.Classes)));

        return new ExperimentPlan(recipe.Name, planned, runs, counts is null || sizeOf is null ? [] : DisksFor(data, planned, runs));
    }

    /// <summary>What the recipe tells of a dataset that is not there.</summary>
    public static DatasetCounts? StatedCounts(DatasetRequest request) => request.Demo is { } demo
        ? new DatasetCounts { Classes = demo.Classes, Train = demo.Train, Test = demo.Test }
        : request.Counts;

    private static DatasetCounts CountsOf(DatasetManifest manifest) =>
        new() { Classes = manifest.Classes.Count, Train = manifest.Train.Images, Test = manifest.Val.Images };

    private static RunPlan PlanRun(RunSpec run, DatasetCounts? counts, long? evaluated, IReadOnlyList<Rate> rates, Func<RunSpec, int, TrainedSize>? sizeOf)
    {
        var rule = run.Rule.ToString();
        if (counts is null)
        {
            return new RunPlan(run.Name, run.Model, rule, run.Epochs, null, null, null, null, null, null, []);
        }

        var size = sizeOf?.Invoke(run, counts.Classes);
        var batches = new MiniBatches(counts.Train, run.BatchSize, run.Rule.Groups);
        var steps = (long)run.Epochs * batches.PerEpoch;
        var trained = (long)run.Epochs * batches.ExamplesPerEpoch;
        var evaluations = run.Epochs + 1L;
        var rows = ((long)run.Epochs * ((batches.PerEpoch + run.LogEvery - 1) / run.LogEvery)) + (Curves.EvaluationSets.Count * evaluations);
        var checkpoint = size?.ModelBytes + size?.RuleBytes;
        return new RunPlan(
            run.Name,
            run.Model,
            rule,
            run.Epochs,
            size?.Parameters,
            steps,
            trained,
            evaluations * evaluated,
            (2 * checkpoint) + size?.ModelBytes + (rows * BytesOfARow),
            checkpoint,
            [.. rates.Select(rate => new PlannedHours(rate, ((trained / rate.Train) + (evaluations * evaluated!.Value / rate.Evaluate)) / 3600))]);
    }

    // Exact where the label set is there. Else it is drawn for labels in equal shares: which redraws hit the old label then
    // differs a little, and with it how the sets overlap.
    private static long ImagesOfAnEvaluation(Recipe recipe, Dataset? dataset, DatasetCounts counts, string labels)
    {
        EvaluationExamples examples;
        if (dataset is not null && dataset.LabelSetNames().Contains(labels))
        {
            examples = dataset.Labels(labels).Examples;
        }
        else
        {
            var balanced = new long[counts.Train];
            for (var i = 0; i < balanced.Length; i++)
            {
                balanced[i] = (long)i * counts.Classes / balanced.Length;
            }

            examples = recipe.Labels.FirstOrDefault(set => set.Name == labels) is { Kind: not LabelNoiseKind.Import } set
                ? LabelNoise.Draw(balanced, counts.Classes, set.Kind, set.Fraction ?? 0, set.Seed, set.Matrix is { } matrix ? TransitionMatrix.Load(matrix, counts.Classes) : null).Examples
                : LabelNoise.Examples(balanced, balanced, counts.Classes, seed: 0);
        }

        return new EvaluationPlan(examples).Union.Length + counts.Test;
    }

    private static IReadOnlyList<PlannedDisk> DisksFor(DataFolder data, PlannedDataset dataset, IReadOnlyList<RunPlan> runs)
    {
        var forData = (dataset.Exists ? 0 : dataset.Bytes!.Value) + dataset.LabelSetBytes!.Value;

        // A checkpoint is written aside before the oldest goes.
        var forRuns = runs.Sum(run => run.FolderBytes!.Value) + runs.Max(run => run.CheckpointBytes!.Value);
        return Path.GetDirectoryName(data.Datasets) == Path.GetDirectoryName(data.Experiments)
            ? [new PlannedDisk(data.Root, forData + forRuns, Free(data.Root))]
            : [new PlannedDisk(data.Datasets, forData, Free(data.Datasets)), new PlannedDisk(data.Experiments, forRuns, Free(data.Experiments))];
    }

    private static long? Free(string folder)
    {
        // The folder may not be there yet: what counts is the disk that it will lie on.
        var existing = new DirectoryInfo(folder);
        while (!existing.Exists && existing.Parent is { } parent)
        {
            existing = parent;
        }

        return existing.Exists ? new DriveInfo(existing.FullName).AvailableFreeSpace : null;
    }
}
