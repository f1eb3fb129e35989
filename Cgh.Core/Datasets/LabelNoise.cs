using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>Training examples of each evaluation set, as indices in the order in which the authors' code collects them.</summary>
/// <param name="Pristine">Examples whose label is the original one, at most <see cref="LabelNoise.EvaluationLimit"/>.</param>
/// <param name="Corrupt">Examples whose label differs from the original, at most <see cref="LabelNoise.EvaluationLimit"/>.</param>
/// <param name="TrainSample">A sample of all training examples, regardless of their label.</param>
public sealed record EvaluationExamples(int[] Pristine, int[] Corrupt, int[] TrainSample);

/// <summary>Generated labels.</summary>
/// <param name="Labels">One class index per training example.</param>
/// <param name="Chosen">Number of examples that the fraction selected.</param>
/// <param name="Examples">The examples of the evaluation sets.</param>
public sealed record LabelDraw(long[] Labels, int Chosen, EvaluationExamples Examples);

/// <summary>
/// Generates noisy labels. Every kind starts with the draws of the authors' code (weak_and_strong, data preparation), from one
/// <see cref="RandomState"/>: <c>uniform(0, 1, n) &lt; fraction</c> selects examples, <c>randint(0, classes, n)</c> gives every
/// example a candidate label, and <c>permutation(n)</c> orders the examples for the evaluation sets: the first 50,000 corrupt
/// ones, the first 50,000 pristine ones, and the last 50,000 of all as the train sample. Kinds that the authors do not have make
/// their own draws after these, so a seed selects the same examples and the same train sample for every kind.
/// </summary>
public static class LabelNoise
{
    /// <summary>Smallest number of examples of a class that errors are planted into.</summary>
    public const int MinPlantedClass = 10;

    /// <summary>Version of the procedure. Another version draws other labels from the same seed.</summary>
    public const int Procedure = 1;

    /// <summary>Maximum number of examples in an evaluation set.</summary>
    public const int EvaluationLimit = 50_000;

    /// <summary>Generates labels.</summary>
    /// <param name="original">The original labels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="kind">Any kind except <see cref="LabelNoiseKind.Import"/> and <see cref="LabelNoiseKind.Plant"/>.</param>
    /// <param name="fraction">Probability with which each example is selected, 0 to 1.</param>
    /// <param name="seed">Seed of the <see cref="RandomState"/>.</param>
    /// <param name="matrix">Required with <see cref="LabelNoiseKind.Transition"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is one of these.</exception>
    /// <exception cref="ArgumentNullException">The kind is <see cref="LabelNoiseKind.Transition"/> and there is no matrix.</exception>
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
                var permuted = random.Permutation<long>(Array.ConvertAll(chosen, i => labels[i]));
                for (var i = 0; i < chosen.Length; i++)
                {
                    labels[chosen[i]] = permuted[i];
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
            case LabelNoiseKind.Import or LabelNoiseKind.Plant:
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "The labels of this kind are not made from the original ones.");
        }

        return new LabelDraw(labels, chosen.Length, Collect(original, labels, order));
    }

    /// <summary>
    /// Plants errors: replaces labels by another of the <see cref="PlantedClasses"/>, each with the same probability. The draws come after those of the
    /// authors, so that errors planted in noisy labels with the same seed are at other examples.
    /// </summary>
    /// <param name="original">The original labels, for the evaluation sets.</param>
    /// <param name="labels">The labels to plant errors in.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="fraction">Probability with which each label is replaced, 0 to 1.</param>
    /// <param name="seed">Seed of the <see cref="RandomState"/>.</param>
    /// <exception cref="UserErrorException">There is one class only.</exception>
    public static LabelDraw Plant(ReadOnlySpan<long> original, ReadOnlySpan<long> labels, int classes, double fraction, uint seed)
    {
        if (classes < 2)
        {
            throw UserErrorException.Usage("Errors cannot be planted in a dataset of one class: there is no other label. Use a dataset of two or more.");
        }

        var (random, _, _, order) = AuthorsDraws(labels.Length, classes, seed);
        var draws = random.Uniform(0, 1, labels.Length);
        var sizes = new int[classes];
        foreach (var label in labels)
        {
            sizes[label]++;
        }

        var into = PlantedClasses(sizes);
        var steps = random.RandInt(1, into.Length, labels.Length);
        var planted = labels.ToArray();
        var chosen = 0;
        for (var i = 0; i < planted.Length; i++)
        {
            if (draws[i] < fraction)
            {
                // IndexOf is -1 for the label of a small class: before all of them.
                planted[i] = into[(Array.IndexOf(into, (int)planted[i]) + steps[i]) % into.Length];
                chosen++;
            }
        }

        return new LabelDraw(planted, chosen, Collect(original, planted, order));
    }

    /// <summary>
    /// The classes that errors are planted into: those with <see cref="MinPlantedClass"/> examples or more, or all if there are fewer than two of these.
    /// An error in a class that has no examples would be easier to find than any real one.
    /// </summary>
    /// <param name="sizes">Number of examples of each class.</param>
    public static int[] PlantedClasses(int[] sizes)
    {
        int[] all = [.. Enumerable.Range(0, sizes.Length)];
        int[] large = [.. all.Where(label => sizes[label] >= MinPlantedClass)];
        return large.Length >= 2 ? large : all;
    }

    /// <summary>Returns the evaluation sets of imported labels. The train sample is that of any other label set with this seed.</summary>
    public static EvaluationExamples Examples(ReadOnlySpan<long> original, ReadOnlySpan<long> labels, int classes, uint seed) =>
        Collect(original, labels, AuthorsDraws(original.Length, classes, seed).Order);

    /// <summary>Counts the labels that differ from the original.</summary>
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
