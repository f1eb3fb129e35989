using Cgh.Trainer.Data;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>
/// Torch's generator at a step follows from the run's seed and the step alone: what dropout draws after resuming is what it
/// would have drawn, and a checkpoint needs no generator.
/// </summary>
internal static class StepSeed
{
    /// <summary>SplitMix64's output for the state <c>2^63 + seed * 2^31 + step</c>.</summary>
    public static long Of(uint seed, long step) => (long)SplitMix64.Output(((1UL << 63) | ((ulong)seed << 31)) + (ulong)step);

    /// <summary>Seeds Torch's generators for a step, from 0.</summary>
    public static void Apply(uint seed, long step) => manual_seed(Of(seed, step));
}
