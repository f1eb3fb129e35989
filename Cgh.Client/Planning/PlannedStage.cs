using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Client.Planning;

/// <summary>Estimates the cost of stages, and the size of what they derive.</summary>
internal static class PlannedStage
{
    // An index in a CSV, with its line end.
    private const long BytesPerIndex = 8;

    // A line of changes.csv.
    private const long BytesPerChange = 32;

    /// <summary>The spec whose model a stage evaluates, or of the stage itself if it needs no model; null for a run that trains.</summary>
    public static RunSpec? ModelOf(RunSpec run, Recipe recipe) => run.Derive is not { } stage ? null
        : recipe.Runs.FirstOrDefault(other => other.Name == stage.From)
            ?? (stage.From.Length > 0 && new RunFolder(stage.From) is { Exists: true } folder ? folder.Load().Spec : run);

    /// <summary>Number of classes and images that a run trains on: those of a stage's subset, or of the recipe's dataset; null if unknown.</summary>
    public static DatasetCounts? CountsOf(RunSpec run, Recipe recipe, DatasetCounts? dataset)
    {
        if (dataset is null || StageInputs.Reference(run, recipe) is null)
        {
            return dataset;
        }

        return StageInputs.StageOf(run, recipe) switch
        {
            { DrawsEasyAndHard: true } drawn => dataset with { Train = drawn.Train, Test = drawn.HasOwnTest ? drawn.Test : dataset.Test },
            { Indices: { } indices } subset => dataset with
            {
                Train = IndexFile.Read(indices, dataset.Train).Indices.Length,
                Test = subset.TestIndices is { } test ? IndexFile.Read(test, dataset.Train).Indices.Length : dataset.Test,
            },
            _ => null,
        };
    }

    /// <summary>Whether a run trains on a subset with its own test set, and so evaluates that of the dataset too.</summary>
    public static bool HasOwnTest(RunSpec run, Recipe recipe) => StageInputs.StageOf(run, recipe) is { HasOwnTest: true };

    /// <summary>Creates the plan of a stage, which trains nothing. One with a model evaluates every training example once.</summary>
    /// <param name="stage">Spec of the stage.</param>
    /// <param name="of">Spec of the run whose model is evaluated.</param>
    /// <param name="counts">Number of images that the run was trained on; null if unknown.</param>
    /// <param name="rates">Rates of that run.</param>
    /// <param name="size">Size of its model; null if unknown.</param>
    public static RunPlan Make(RunSpec stage, RunSpec of, DatasetCounts? counts, IReadOnlyList<Rate> rates, TrainedSize? size)
    {
        var kind = stage.Derive!.KindName;
        if (counts is null)
        {
            return new RunPlan(stage.Name, of.Model, kind, stage.Epochs, null, null, null, null, null, null, null, []);
        }

        var derive = stage.Derive;
        long evaluated = derive.Kind == StageKind.Split || derive.DerivesLabels ? counts.Train * (derive.Second is null ? 1L : 2) : 0;
        var bytes = derive.DerivesLabels

            // All labels, also as a label set, and as many changes as possible.
            ? counts.Train * ((2 * sizeof(long)) + BytesPerChange)

            // The lists of examples, and three subsets with indices and labels.
            : ((derive.DrawsEasyAndHard ? counts.Train : 0) * BytesPerIndex)
                + ((derive.Kind == StageKind.Learning ? 2 : 0) * BytesPerIndex * ((long)derive.Train + derive.Test))
                + (2 * 3 * sizeof(long) * ((long)derive.Train + derive.Test));
        return new RunPlan(
            stage.Name,
            of.Model,
            kind,
            stage.Epochs,
            size?.Parameters,
            Steps: 0,
            ImagesTrained: 0,
            evaluated,
            ImagesMeasured: 0,
            size is null ? null : bytes,
            size is null ? null : 0,
            [.. rates.Select(rate => new PlannedHours(rate, evaluated / rate.Evaluate / 3600))]);
    }
}
