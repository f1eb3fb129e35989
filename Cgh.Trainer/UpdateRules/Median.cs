using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

internal static class Median
{
    // a + b + c - min - max, as the authors write it, is not the median in float32: a median near 1e-6 between values near
    // +-1 comes out 15% off on average, and 6% of the time with the wrong sign or as zero. Torch's minimum and maximum pass
    // NaN on, so a NaN in any of the three is a NaN in the result.
    /// <summary>The middle one of three values at each coordinate, bit for bit.</summary>
    public static Tensor OfThree(Tensor a, Tensor b, Tensor c) => a.minimum(b).maximum(a.maximum(b).minimum(c));
}
