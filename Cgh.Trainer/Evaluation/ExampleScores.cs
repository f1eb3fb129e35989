using System.Runtime.InteropServices;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using static TorchSharp.torch;

namespace Cgh.Trainer.Evaluation;

/// <summary>Scores of a model on a list of examples.</summary>
/// <param name="Losses">Cross-entropy of each example.</param>
/// <param name="Ranks"><see cref="Rank"/> of each example's label; 0 if the prediction is correct.</param>
internal sealed record ExampleScores(float[] Losses, int[] Ranks)
{
    private const int Top = 5;

    /// <summary>Scores the logits of a batch.</summary>
    /// <param name="logits">Logits in float32, n x classes, on any device.</param>
    /// <param name="labels">Class indices, n, on the same device.</param>
    /// <param name="losses">Receives the cross-entropy of each example.</param>
    /// <param name="ranks">Receives the rank of each example's label.</param>
    /// <param name="records">Receives the <see cref="TrackingRecord"/> of each example; empty if none are needed.</param>
    public static void Of(Tensor logits, Tensor labels, Span<float> losses, Span<int> ranks, Span<byte> records)
    {
        var each = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None);
        MemoryMarshal.Cast<byte, float>(each.cpu().bytes).CopyTo(losses);
        var scores = MemoryMarshal.Cast<byte, float>(logits.cpu().contiguous().bytes);
        var targets = MemoryMarshal.Cast<byte, long>(labels.cpu().bytes);
        var classes = scores.Length / targets.Length;
        for (var i = 0; i < ranks.Length; i++)
        {
            var row = scores.Slice(i * classes, classes);
            var label = (int)targets[i];
            ranks[i] = Rank(row, label);
            if (!records.IsEmpty)
            {
                var record = TrackingRecord.Of(ranks[i] == 0, Margin(row, label), Math.Exp(-losses[i]));
                record.Write(records[(i * TrackingRecord.Size)..]);
            }
        }
    }

    /// <summary>Returns the label's score minus the largest other one; NaN if both are infinite or the label's is NaN.</summary>
    public static float Margin(ReadOnlySpan<float> scores, int label)
    {
        var other = float.NegativeInfinity;
        for (var i = 0; i < scores.Length; i++)
        {
            other = i != label && scores[i] > other ? scores[i] : other;
        }

        return scores[label] - other;
    }

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
