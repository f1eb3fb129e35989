using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>What a <see cref="Batch"/> keeps its images in. The model gets the same numbers, bit for bit, from either.</summary>
internal enum BatchMemory
{
    /// <summary>Normalised float32, for the CPU: the thread that reads normalises.</summary>
    Normalized,

    /// <summary>Pixels as they are packed, a quarter of the bytes, normalised where the model is.</summary>
    Pixels,

    /// <summary>The same in memory that a GPU copies from by itself. Needs CUDA.</summary>
    PinnedPixels,
}

internal static class BatchMemories
{
    /// <summary>The memory for batches that a model on <paramref name="device"/> is given.</summary>
    public static BatchMemory For(Device device) => device.type == DeviceType.CUDA ? BatchMemory.PinnedPixels : BatchMemory.Normalized;
}
