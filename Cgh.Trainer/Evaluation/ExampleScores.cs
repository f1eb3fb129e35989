using Cgh.Core.Runs;

namespace Cgh.Trainer.Evaluation;

/// <summary>Scores of a model on a list of examples.</summary>
/// <param name="Losses">Cross-entropy of each example.</param>
/// <param name="Ranks"><see cref="Rank"/> of each example's label; 0 if the prediction is correct.</param>
internal sealed record ExampleScores(float[] Losses, int[] Ranks)
{
    private const int Top = 5;

    /// <summary>Returns the number of classes ranked above the label. Ties are ranked by class index; a NaN score is ranked last.</summary>
    public static int Rank(ReadOnlySpan<float> scores, int label)
    {
        var own = scores[label];
        if (float.IsNaN(own))
        {
            return scores.Length;
        }

        var before = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            before += scores[i] > own || (scores[i] == own && i < label) ? 1 : 0;
        }

        return before;
    }

    /// <summary>Computes mean loss and accuracies over all examples.</summary>
    public EvaluationResult Summary() => Summary([.. Enumerable.Range(0, Losses.Length)]);

    /// <summary>Computes mean loss and accuracies over some of the examples, summed in this order in float64.</summary>
    public EvaluationResult Summary(ReadOnlySpan<int> positions)
    {
        var loss = 0.0;
        int first = 0, top = 0;
        foreach (var position in positions)
        {
            loss += Losses[position];
            first += Ranks[position] == 0 ? 1 : 0;
            top += Ranks[position] < Top ? 1 : 0;
        }

        var count = positions.Length;
        return new EvaluationResult(count, loss / count, 100.0 * first / count, 100.0 * top / count);
    }
}
