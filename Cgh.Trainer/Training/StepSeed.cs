using Cgh.Trainer.Data;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>
/// Seeds Torch's generator at each step from the run's seed and the step. Dropout is then the same after resuming, and checkpoints do not
/// need the generator's state.
/// </summary>
internal static class StepSeed
{
    /// <summary>Returns SplitMix64's output for the state <c>2^63 + seed * 2^31 + step</c>.</summary>
    public static long Of(uint seed, long step) => (long)SplitMix64.Output(((1UL << 63) | ((ulong)seed << 31)) + (ulong)step);

    /// <summary>Seeds Torch's generators for a step, counting from 0.</summary>
    public static void Apply(uint seed, long step) => manual_seed(Of(seed, step));
}
