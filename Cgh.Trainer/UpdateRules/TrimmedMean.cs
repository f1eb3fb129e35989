using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of the last few mini-batches' gradients without the smallest and the largest of each weight. With all but one dropped it is
/// the median, with none the mean.
/// </summary>
internal sealed class TrimmedMean(FlatWeights weights, double weightDecay, int length, int trim) : GradientWindow(weights, weightDecay, length)
{
    /// <summary>The mean at each coordinate, added from the smallest to the largest; with nothing dropped, from the first to the last.</summary>
    public static Tensor Of(IReadOnlyList<Tensor> window, int trim)
    {
        // Torch's minimum and maximum pass NaN on, and every value can come to every place: NaN in any is NaN in all.
        Tensor[] sorted = [.. window];
        for (var last = trim == 0 ? 0 : sorted.Length - 1; last > 0; last--)
        {
            for (var i = 0; i < last; i++)
            {
                var (low, high) = (sorted[i], sorted[i + 1]);
                sorted[i] = low.minimum(high);
                sorted[i + 1] = low.maximum(high);
                Release(low);
                Release(high);
            }
        }

        var left = sorted[trim..^trim];
        return left.Skip(1).Aggregate(left[0].clone(), (sum, next) => sum.add_(next)).div_(left.Length);

        // On a GPU what is not needed any more would add up to many times the window.
        void Release(Tensor tensor)
        {
            if (!window.Any(own => ReferenceEquals(own, tensor)))
            {
                tensor.Dispose();
            }
        }
    }

    protected override bool Move(CpuUpdates updates, IReadOnlyList<Tensor> window, double learningRate, double decay) =>
        updates.Trimmed(Weights.Values, window, trim, learningRate, decay);

    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => Of(window, trim);
}
