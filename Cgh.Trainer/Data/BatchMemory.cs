using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>Storage of the images in a <see cref="Batch"/>. The model's input is bit-identical for all of them.</summary>
internal enum BatchMemory
{
    /// <summary>Float32, normalized on the reader thread. For the CPU.</summary>
    Normalized,

    /// <summary>Packed pixels, a quarter of the size, normalized on the model's device.</summary>
    Pixels,

    /// <summary>Packed pixels in pinned memory, which a GPU copies asynchronously. Requires CUDA.</summary>
    PinnedPixels,
}

internal static class BatchMemories
{
    /// <summary>Returns the storage for batches of a model on <paramref name="device"/>.</summary>
    public static BatchMemory For(Device device) => device.type == DeviceType.CUDA ? BatchMemory.PinnedPixels : BatchMemory.Normalized;
}
