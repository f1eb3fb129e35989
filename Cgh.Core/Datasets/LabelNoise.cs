using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>Indices of training examples; each list in the order in which the authors' code collects it.</summary>
/// <param name="Pristine">Examples whose label is the original one.</param>
/// <param name="Corrupt">Examples whose label differs from the original.</param>
/// <param name="TrainSample">A sample of all training examples, whatever their label.</param>
public sealed record EvaluationExamples(int[] Pristine, int[] Corrupt, int[] TrainSample);

/// <summary>Labels as they were drawn.</summary>
/// <param name="Labels">One for each training example.</param>
/// <param name="Chosen">How many examples the fraction chose.</param>
/// <param name="Examples">What the evaluation sets look at.</param>
public sealed record LabelDraw(long[] Labels, int Chosen, EvaluationExamples Examples);

/// <summary>
/// Changed labels. For every kind the draws of the authors' code come first (weak_and_strong, data preparation), from one
/// <see cref="RandomState"/>: <c>uniform(0, 1, n) &lt; fraction</c> chooses examples, <c>randint(0, classes, n)</c> gives every
/// example a candidate, and <c>permutation(n)</c> orders the examples for the evaluation sets: the first 50,000 corrupt ones,
/// the first 50,000 pristine ones, its last 50,000. What another kind than theirs draws comes after that. So the same seed
/// chooses the same examples and the same train sample whatever the kind.
/// </summary>
public static class LabelNoise
{
    /// <summary>Version of the procedure: another one draws other labels from the same seed.</summary>
    public const int Procedure = 1;

    /// <summary>The most examples that one evaluation set looks at.</summary>
    public const int EvaluationLimit = 50_000;

    /// <summary>Draws labels.</summary>
    /// <param name="original">The labels as they came.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="kind">Any but <see cref="LabelNoiseKind.Import"/>.</param>
    /// <param name="fraction">Probability of each example to be chosen, 0 to 1.</param>
    /// <param name="seed">Of the random state.</param>
    /// <param name="matrix">With <see cref="LabelNoiseKind.Transition"/>.</param>
    public static LabelDraw Draw(ReadOnlySpan<long> original, int classes, LabelNoiseKind kind, double fraction, uint seed, TransitionMatrix? matrix = null)
    {
        var (random, draws, candidates, order) = AuthorsDraws(original.Length, classes, seed);
        var chosen = Enumerable.Range(0, draws.Length).Where(i => draws[i] < fraction).ToArray();
        var labels = original.ToArray();
        switch (kind)
        {
            case LabelNoiseKind.Uniform:
                Array.ForEach(chosen, i => labels[i] = candidates[i]);
                break;
            case LabelNoiseKind.Permute:
                var dealt = random.Permutation<long>(Array.ConvertAll(chosen, i => labels[i]));
                for (var i = 0; i < chosen.Length; i++)
                {
                    labels[chosen[i]] = dealt[i];
                }

                break;
            case LabelNoiseKind.PairFlip:
                Array.ForEach(chosen, i => labels[i] = (labels[i] + 1) % classes);
                break;
            case LabelNoiseKind.Transition:
                ArgumentNullException.ThrowIfNull(matrix);
                var values = random.Uniform(0, 1, labels.Length);
                Array.ForEach(chosen, i => labels[i] = matrix.Draw(labels[i], values[i]));
                break;
            case LabelNoiseKind.Import:
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Such labels are not drawn.");
        }

        return new LabelDraw(labels, chosen.Length, Collect(original, labels, order));
    }

    /// <summary>The evaluation sets of labels that were not drawn here; the train sample is that of any label set of this seed.</summary>
    public static EvaluationExamples Examples(ReadOnlySpan<long> original, ReadOnlySpan<long> labels, int classes, uint seed) =>
        Collect(original, labels, AuthorsDraws(original.Length, classes, seed).Order);

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

    private static (RandomState Random, double[] Draws, long[] Candidates, int[] Order) AuthorsDraws(int count, int classes, uint seed)
    {
        var random = new RandomState(seed);
        return (random, random.Uniform(0, 1, count), random.RandInt(classes, count), random.Permutation(count));
    }

    private static EvaluationExamples Collect(ReadOnlySpan<long> original, ReadOnlySpan<long> labels, int[] order)
    {
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

        return new EvaluationExamples([.. pristine], [.. corrupt], order[^Math.Min(EvaluationLimit, order.Length)..]);
    }
}
