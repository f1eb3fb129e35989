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
    public static int[] Of(uint seed, int epoch, int examples)
    {
        var z = (((ulong)seed << 32) | (uint)epoch) + 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return new RandomState((uint)((z ^ (z >> 31)) >> 32)).Permutation(examples);
    }
}
