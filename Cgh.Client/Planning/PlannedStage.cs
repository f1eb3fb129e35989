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
            { Kind: StageKind.Split } split => dataset with { Train = split.Train, Test = split.Test },
            { Indices: { } indices } subset => dataset with
            {
                Train = IndexFile.Read(indices, dataset.Train).Indices.Length,
                Test = subset.TestIndices is { } test ? IndexFile.Read(test, dataset.Train).Indices.Length : dataset.Test,
            },
            _ => null,
        };
    }

    /// <summary>Whether a run trains on a subset with its own test set, and so evaluates that of the dataset too.</summary>
    public static bool HasOwnTest(RunSpec run, Recipe recipe) => StageInputs.StageOf(run, recipe) is { Kind: StageKind.Split } or { TestIndices: not null };

    /// <summary>Creates the plan of a stage, which trains nothing: a split evaluates every training example once.</summary>
    /// <param name="stage">Spec of the stage.</param>
    /// <param name="of">Spec of the run whose model is evaluated.</param>
    /// <param name="counts">Number of images of the recipe's dataset; null if unknown.</param>
    /// <param name="rates">Rates of that run.</param>
    /// <param name="size">Size of its model; null if unknown.</param>
    public static RunPlan Make(RunSpec stage, RunSpec of, DatasetCounts? counts, IReadOnlyList<Rate> rates, TrainedSize? size)
    {
        var kind = stage.Derive!.KindName;
        if (counts is null)
        {
            return new RunPlan(stage.Name, of.Model, kind, stage.Epochs, null, null, null, null, null, null, []);
        }

        long evaluated = stage.Derive.Kind == StageKind.Split ? counts.Train : 0;
        // The lists of examples, and three subsets with indices and labels.
        var bytes = (evaluated * BytesPerIndex) + (2 * 3 * sizeof(long) * ((long)stage.Derive.Train + stage.Derive.Test));
        return new RunPlan(
            stage.Name,
            of.Model,
            kind,
            stage.Epochs,
            size?.Parameters,
            Steps: 0,
            ImagesTrained: 0,
            evaluated,
            size is null ? null : bytes,
            size is null ? null : 0,
            [.. rates.Select(rate => new PlannedHours(rate, evaluated / rate.Evaluate / 3600))]);
    }
}
