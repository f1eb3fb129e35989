using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Coordinate-wise mean of the gradients of the last mini-batches without the smallest and largest values. With all but one dropped, it is the
/// median; with none dropped, the mean. With a window of three, these are bit-identical to RM3 and RA3.
/// </summary>
[UpdateRule("trimmed")]
internal partial class TrimmedMean : GradientWindow
{
    private readonly int _trim;

    public TrimmedMean(FlatWeights weights, RunSpec spec)
        : this(weights, spec, spec.Rule['T'])
    {
    }

    /// <param name="weights">The weights to update.</param>
    /// <param name="spec">Spec of the run.</param>
    /// <param name="trim">Number of smallest values to drop, and of largest.</param>
    protected TrimmedMean(FlatWeights weights, RunSpec spec, int trim)
        : base(weights, spec, spec.Rule['K']) => _trim = trim;

    /// <summary>Computes the coordinate-wise mean, summing from smallest to largest or, if nothing is dropped, from first to last.</summary>
    public static Tensor Of(IReadOnlyList<Tensor> window, int trim)
    {
        // Torch's minimum and maximum propagate NaN, and the sort compares all values: one NaN makes all results NaN.
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

        // On a GPU, unreleased intermediates would take many times the memory of the window.
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
