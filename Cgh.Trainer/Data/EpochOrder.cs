using Cgh.Core.Numpy;

namespace Cgh.Trainer.Data;

/// <summary>The order in which an epoch sees the training examples.</summary>
internal static class EpochOrder
{
    /// <summary>
    /// A permutation that depends on the run's seed and the epoch alone, so that a resumed run sees what it would have seen.
    /// NumPy's <c>RandomState(s).permutation(n)</c>, where s is the upper half of SplitMix64's output for the state
    /// <c>seed * 2^32 + epoch</c>: neighbouring seeds and epochs get unrelated orders.
    /// </summary>
    public static int[] Of(uint seed, int epoch, int examples) =>
        new RandomState((uint)(SplitMix64.Output(((ulong)seed << 32) | (uint)epoch) >> 32)).Permutation(examples);
}
