using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of the last few mini-batches' gradients without the smallest and the largest of each weight. With all but one dropped it is
/// the median, with none the mean. Of three gradients that is RM3 and RA3, bit for bit.
/// </summary>
[UpdateRule("trimmed")]
internal partial class TrimmedMean : GradientWindow
{
    private readonly int _trim;

    public TrimmedMean(FlatWeights weights, RunSpec spec)
        : this(weights, spec, spec.Rule['T'])
    {
    }

    /// <param name="weights">What it moves.</param>
    /// <param name="spec">The run.</param>
    /// <param name="trim">How many of the smallest, and as many of the largest, are dropped.</param>
    protected TrimmedMean(FlatWeights weights, RunSpec spec, int trim)
        : base(weights, spec, spec.Rule['K']) => _trim = trim;

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

    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => (window.Count, _trim) switch
    {
        (3, 1) => Median.OfThree(window[0], window[1], window[2]),
        _ => Of(window, _trim),
    };
}
