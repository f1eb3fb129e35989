using Cgh.Core.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>The winsorized sum of products, in Torch operations on any device; <see cref="Kernels.WinsorizedKernel"/> does the same in one pass.</summary>
internal static class WinsorizedMean
{
    // Products in memory at a time: 64 MB in float32. Sorting takes about four times as much.
    private const long MaxProducts = 1 << 24;

    /// <summary>
    /// Computes, for every output and input of a linear layer, the sum over the examples of <c>error * input</c>, clipped at its percentiles. Errors of the
    /// mean loss make it a mean. NaN if any product of a sum is NaN.
    /// </summary>
    /// <param name="inputs">Inputs of the layer, examples x inputs.</param>
    /// <param name="errors">Gradients of its outputs, examples x outputs, of the same type.</param>
    /// <param name="position">Position of the percentiles.</param>
    /// <param name="target">Receives the sums, a vector of outputs x inputs.</param>
    public static void OfProducts(Tensor inputs, Tensor errors, Winsorizing position, Tensor target)
    {
        var (examples, width, height) = (inputs.shape[0], inputs.shape[1], errors.shape[1]);
        var rows = Math.Max(1, MaxProducts / (examples * width));
        for (var from = 0L; from < height; from += rows)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(rows, height - from);
            var products = errors.narrow(1, from, count).unsqueeze(2).mul(inputs.unsqueeze(1)).view(examples, count * width);
            target.narrow(0, from * width, count * width).copy_(Sum(products, position));
        }
    }

    // Torch sorts NaN to the end, where clipping would hide it.
    private static Tensor Sum(Tensor products, Winsorizing position)
    {
        if (position.Clipped == 0)
        {
            return products.sum(dim: 0);
        }

        var (sorted, _) = products.sort(0);
        var last = products.shape[0] - 1;
        var (clipped, fraction) = position;
        var low = Between(sorted[clipped - 1], sorted[clipped], fraction);
        var high = Between(sorted[last - clipped], sorted[last - clipped + 1], 1 - fraction);
        return products.clamp(low, high).sum(dim: 0).masked_fill_(products.isnan().any(0), float.NaN);
    }

    // NumPy's interpolation, which never leaves the interval.
    private static Tensor Between(Tensor a, Tensor b, double fraction) => fraction switch
    {
        0 => a,
        1 => b,
        >= 0.5 => b - ((b - a) * (1 - fraction)),
        _ => a + ((b - a) * fraction),
    };
}
