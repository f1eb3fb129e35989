using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>Indices of training examples; each list in the order in which the authors' code collects it.</summary>
/// <param name="Pristine">Examples whose label is the original one.</param>
/// <param name="Corrupt">Examples whose label differs from the original.</param>
/// <param name="TrainSample">A sample of all training examples, whatever their label.</param>
public sealed record EvaluationExamples(int[] Pristine, int[] Corrupt, int[] TrainSample);

/// <summary>Randomised labels, drawn as the authors' code draws them (weak_and_strong, data preparation).</summary>
public static class LabelNoise
{
    /// <summary>The most examples that one evaluation set looks at.</summary>
    public const int EvaluationLimit = 50_000;

    /// <summary>
    /// From one <see cref="RandomState"/>: <c>uniform(0, 1, n) &lt; fraction</c> says which labels are redrawn,
    /// <c>randint(0, classes, n)</c> gives every example a candidate, and <c>permutation(n)</c> orders the examples for
    /// the evaluation sets: the first 50,000 corrupt ones, the first 50,000 pristine ones, its last 50,000.
    /// </summary>
    public static (long[] Labels, EvaluationExamples Examples) Draw(ReadOnlySpan<long> original, int classes, double fraction, uint seed)
    {
        var random = new RandomState(seed);
        var draws = random.Uniform(0, 1, original.Length);
        var candidates = random.RandInt(classes, original.Length);
        var labels = original.ToArray();
        for (var i = 0; i < labels.Length; i++)
        {
            if (draws[i] < fraction)
            {
                labels[i] = candidates[i];
            }
        }

        var order = random.Permutation(labels.Length);
        var pristine = new List<int>();
        var corrupt = new List<int>();
        foreach (var index in order)
        {
            var set = labels[index] == original[index] ? pristine : corrupt;
            if (set.Count < EvaluationLimit)
            {
                set.Add(index);
            }
        }

        return (labels, new EvaluationExamples([.. pristine], [.. corrupt], order[^Math.Min(EvaluationLimit, order.Length)..]));
    }

    /// <summary>How many labels differ from the original.</summary>
    public static int CountCorrupt(ReadOnlySpan<long> original, ReadOnlySpan<long> labels)
    {
        var corrupt = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            corrupt += labels[i] == original[i] ? 0 : 1;
        }

        return corrupt;
    }
}
