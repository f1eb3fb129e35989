using Cgh.Core.Numpy;

namespace Cgh.Trainer.Data;

/// <summary>Order of the training examples in an epoch.</summary>
internal static class EpochOrder
{
    /// <summary>
    /// Returns a permutation that is a function of the run's seed and the epoch, so that a resumed run continues in the same order:
    /// NumPy's <c>RandomState(s).permutation(n)</c>, where s is the upper half of SplitMix64's output for the state
    /// <c>seed * 2^32 + epoch</c>, which makes the orders of adjacent seeds and epochs unrelated.
    /// </summary>
    public static int[] Of(uint seed, int epoch, int examples) =>
        new RandomState((uint)(SplitMix64.Output(((ulong)seed << 32) | (uint)epoch) >> 32)).Permutation(examples);
}
