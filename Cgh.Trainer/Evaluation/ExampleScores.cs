using Cgh.Core.Runs;

namespace Cgh.Trainer.Evaluation;

/// <summary>How a model does on each of a list of examples.</summary>
/// <param name="Losses">Cross-entropy.</param>
/// <param name="Ranks"><see cref="Rank"/> of the example's label: 0 where the model is right.</param>
internal sealed record ExampleScores(float[] Losses, int[] Ranks)
{
    private const int Top = 5;

    /// <summary>How many classes stand before the label. Equal scores stand in the order of the classes; a NaN score stands last.</summary>
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

    /// <summary>Mean loss and accuracies in percent over all examples.</summary>
    public EvaluationResult Summary() => Summary([.. Enumerable.Range(0, Losses.Length)]);

    /// <summary>Mean loss and accuracies in percent over some of the examples, summed in their order in float64.</summary>
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
