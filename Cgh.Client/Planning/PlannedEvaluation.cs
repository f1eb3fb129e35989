using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;

namespace Cgh.Client.Planning;

/// <summary>Images that a run evaluates, and measures the coherence of.</summary>
/// <param name="Sets">Training examples in the evaluation sets.</param>
/// <param name="Train">All training examples, which a tracked evaluation goes through.</param>
/// <param name="Tests">Images of all test sets.</param>
/// <param name="Pristine">Training examples in the evaluation set of pristine labels.</param>
/// <param name="Corrupt">Training examples in that of corrupt labels.</param>
internal sealed record PlannedEvaluation(int Sets, int Train, int Tests, int Pristine, int Corrupt)
{
    /// <summary>
    /// Counts the images of an evaluation. Exact if the label set exists; otherwise noise is drawn for classes of equal size, so that the overlap of the
    /// evaluation sets is an estimate.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="dataset">The dataset; null if it does not exist.</param>
    /// <param name="counts">Its number of images.</param>
    /// <param name="labels">Name of the label set.</param>
    /// <param name="originalTest">Test images of the dataset that a subset with its own test set is from.</param>
    public static PlannedEvaluation Of(Recipe recipe, Dataset? dataset, DatasetCounts counts, string labels, int originalTest = 0)
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

            examples = Draw(recipe, labels, balanced, counts.Classes).Examples;
        }

        return new PlannedEvaluation(
            new EvaluationPlan(examples).Union.Length,
            counts.Train,
            counts.Test + (dataset?.OriginalTest?.Manifest.Val.Images ?? originalTest),
            examples.Pristine.Length,
            examples.Corrupt.Length);
    }

    /// <summary>Sets whose coherence is measured: all examples and, if there are both, the pristine and the corrupt ones.</summary>
    public int MeasuredSets => Pristine >= 2 && Corrupt >= 2 ? 3 : 1;

    /// <summary>Images over all evaluations of a run.</summary>
    public long ImagesEvaluated(RunSpec run)
    {
        var tracked = run.TrackLearning == LearningTracking.Evaluation ? TrackedEpochs.Of(run).Count : 0;
        var evaluations = run.Epochs + 1L;
        return (evaluations * Tests) + (tracked * (long)Train) + ((evaluations - tracked) * Sets);
    }

    /// <summary>Number of measurements of coherence: every <see cref="RunSpec.CoherenceEvery"/> epochs, and at the last evaluation.</summary>
    public long Measurements(RunSpec run) => run.CoherenceEvery == 0 ? 0
        : (run.Epochs / run.CoherenceEvery) + (run.Epochs % run.CoherenceEvery == 0 ? 1 : 2);

    /// <summary>Images over all measurements of coherence.</summary>
    public long ImagesMeasured(RunSpec run)
    {
        var examples = run.CoherenceExamples == 0 ? RunSpec.DefaultCoherenceExamples : run.CoherenceExamples;
        int[] sets = MeasuredSets == 1 ? [Train] : [Train, Pristine, Corrupt];
        return Measurements(run) * sets.Sum(set => (long)Math.Min(examples, set));
    }

    // As LabelSet.Create draws the labels of the recipe. Imported ones count as original.
    private static LabelDraw Draw(Recipe recipe, string labels, long[] original, int classes) => recipe.Labels.FirstOrDefault(set => set.Name == labels) switch
    {
        null or { Kind: LabelNoiseKind.Import } => new LabelDraw(original, Chosen: 0, LabelNoise.Examples(original, original, classes, seed: 0)),
        { Kind: LabelNoiseKind.Plant, From: { } from } set =>
            LabelNoise.Plant(original, Draw(recipe, from, original, classes).Labels, classes, set.Fraction ?? 0, set.Seed),
        var set => LabelNoise.Draw(
            original, classes, set.Kind, set.Fraction ?? 0, set.Seed, set.Matrix is { } matrix ? TransitionMatrix.Load(matrix, classes) : null),
    };
}
