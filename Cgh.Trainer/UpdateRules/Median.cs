using System.Diagnostics;
using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Coordinate-wise median of three tensors. The result is NaN if any of the three values is.</summary>
internal static class Median
{
    /// <summary>Returns the function for a formula.</summary>
    public static Func<Tensor, Tensor, Tensor, Tensor> Of(MedianFormula formula) => formula switch
    {
        MedianFormula.Exact => OfThree,
        MedianFormula.Authors => OfThreeByTheAuthors,
        _ => throw new UnreachableException($"{formula} passed RunSpecRules."),
    };

    // In float32, a + b + c - min - max is not the median (docs/results/median.md has the figures). Torch's minimum, maximum and clamp propagate
    // NaN. On a GPU, every operation is a pass over memory: clamp is one, a minimum and a maximum are two.
    /// <summary>Selects the median, bit for bit.</summary>
    public static Tensor OfThree(Tensor a, Tensor b, Tensor c)
    {
        using Tensor low = a.minimum(b), high = a.maximum(b);
        return c.clamp(low, high);
    }

    /// <summary>Computes <c>a + b + c - min - max</c> in the order of the authors' code, with each operation rounded.</summary>
    public static Tensor OfThreeByTheAuthors(Tensor a, Tensor b, Tensor c) =>
        a.add(b).add_(c).sub_(a.minimum(b).minimum(c)).sub_(a.maximum(b).maximum(c));
}
