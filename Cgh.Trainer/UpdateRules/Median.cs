using System.Diagnostics;
using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>The median of three values at each coordinate. NaN in any of the three is NaN in the result.</summary>
internal static class Median
{
    /// <summary>The formula of that name.</summary>
    public static Func<Tensor, Tensor, Tensor, Tensor> Of(MedianFormula formula) => formula switch
    {
        MedianFormula.Exact => OfThree,
        MedianFormula.Authors => OfThreeByTheAuthors,
        _ => throw new UnreachableException($"{formula} passed RunSpecRules."),
    };

    // a + b + c - min - max is not the median in float32 (docs/results/median.md has the figures). Torch's minimum, maximum and clamp pass NaN
    // on. On a GPU every operation is a pass over memory: clamp is one where a minimum and a maximum are two.
    /// <summary>The middle one, bit for bit.</summary>
    public static Tensor OfThree(Tensor a, Tensor b, Tensor c)
    {
        using Tensor low = a.minimum(b), high = a.maximum(b);
        return c.clamp(low, high);
    }

    /// <summary><c>a + b + c - min - max</c>, each operation rounded, in the order that the authors' code has.</summary>
    public static Tensor OfThreeByTheAuthors(Tensor a, Tensor b, Tensor c) =>
        a.add(b).add_(c).sub_(a.minimum(b).minimum(c)).sub_(a.maximum(b).maximum(c));
}
