using Cgh.Core.LabelQuality;
using Cgh.Trainer.Data;

namespace Cgh.Trainer.LabelQuality;

/// <summary>Says of each training example what a <see cref="LabelReport"/> has of it: for suspects also what they look like.</summary>
/// <param name="signals">What is known of the labels that the run was trained on.</param>
/// <param name="labels">The labels in question.</param>
/// <param name="judgement">Which of them are suspects.</param>
/// <param name="look">What the final model says.</param>
/// <param name="near">The nearest examples.</param>
/// <param name="images">The training images.</param>
internal sealed class LabelFindings(
    LabelSignals signals, int[] labels, LabelJudgement judgement, FinalLook look, NearestExamples near, IPixelSource images)
{
    // Of the examples that are no suspects, this many tell how similar examples of a class are, and this share of them is less similar than the limit.
    private const int Compared = 2000;
    private const double Dissimilar = 0.05;

    // Two images are nearly the same if their features are and the mean difference of their pixels, 0 to 255, is at most this.
    private const float TwinSimilarity = 0.98f;
    private const double TwinDifference = 4;

    /// <summary>Returns one finding per example, most suspicious first; equal scores in their order.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<LabelFinding> Make(CancellationToken cancellationToken)
    {
        var suspects = Enumerable.Range(0, labels.Length).Where(i => judgement.IsSuspect[i]).ToArray();
        var given = near.WithLabel(suspects, labels, Array.ConvertAll(suspects, i => labels[i]), LabelFinding.MaxNeighbours, cancellationToken);
        var suggested = near.WithLabel(suspects, labels, Array.ConvertAll(suspects, i => look.Suggested[i]), LabelFinding.MaxNeighbours, cancellationToken);
        var limit = SimilarityLimit(cancellationToken);
        var at = suspects.Select((suspect, position) => (suspect, position)).ToDictionary(pair => pair.suspect, pair => pair.position);
        var twins = Twins(cancellationToken);
        return
        [
            .. Enumerable.Range(0, labels.Length).OrderByDescending(i => judgement.Scores[i]).Select(i => at.TryGetValue(i, out var position)
                ? Finding(i, twins[i]) with
                {
                    Kind = MeanSimilarity(suggested[position]) < limit ? SuspectKind.Rare : SuspectKind.OtherClass,
                    NearGiven = Examples(given[position]),
                    NearSuggested = Examples(suggested[position]),
                }
                : Finding(i, twins[i])),
        ];
    }

    private static int[] Examples((int Example, float Similarity)[] neighbours) => Array.ConvertAll(neighbours, neighbour => neighbour.Example);

    // Below every limit without neighbours: a class that has no examples looks like nothing.
    private static double MeanSimilarity((int Example, float Similarity)[] neighbours) =>
        neighbours.Length == 0 ? double.NegativeInfinity : neighbours.Average(neighbour => neighbour.Similarity);

    private LabelFinding Finding(int example, int twin)
    {
        var isPlanted = labels[example] != signals.Given[example];
        return new LabelFinding
        {
            Index = example,
            Given = labels[example],
            Suggested = look.Suggested[example],
            Score = judgement.Scores[example],
            IsSuspect = judgement.IsSuspect[example],
            Probability = isPlanted ? double.NaN : signals.Tracked.Probability[example],
            Margin = isPlanted ? double.NaN : signals.Tracked.Margin[example],
            FirstLearned = isPlanted ? -1 : signals.Tracked.FirstLearned[example],
            Kind = SuspectKind.None,
            Twin = twin,
        };
    }

    private double SimilarityLimit(CancellationToken cancellationToken)
    {
        var trusted = Enumerable.Range(0, labels.Length).Where(i => !judgement.IsSuspect[i]).ToArray();
        var step = Math.Max(1, trusted.Length / Compared);
        int[] some = [.. trusted.Where((_, position) => position % step == 0)];
        double[] similarities =
        [
            .. near.WithLabel(some, labels, Array.ConvertAll(some, i => labels[i]), LabelFinding.MaxNeighbours, cancellationToken)
                .Where(neighbours => neighbours.Length > 0)
                .Select(MeanSimilarity)
                .Order(),
        ];
        return similarities.Length == 0 ? double.NegativeInfinity : similarities[(int)(Dissimilar * similarities.Length)];
    }

    private int[] Twins(CancellationToken cancellationToken)
    {
        var twins = new int[labels.Length];
        Array.Fill(twins, LabelFinding.NoExample);
        using var reader = images.CreateReader();
        for (var i = 0; i < twins.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (other, similarity) = near.Nearest(i);
            if (similarity >= TwinSimilarity && IsSame(reader.Read(i).ToArray(), reader.Read(other)))
            {
                twins[i] = other;
            }
        }

        return twins;
    }

    private static bool IsSame(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var sum = 0L;
        for (var i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum <= TwinDifference * a.Length;
    }
}
