using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>Host memory for one batch; filled on a background thread, used again and again.</summary>
internal sealed class Batch : IDisposable
{
    private readonly Tensor _pixels;
    private readonly Tensor _targets;

    public Batch(int capacity, int side)
    {
        _pixels = empty(capacity, side, side, 3).DetachFromDisposeScope();
        _targets = empty(capacity, ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Examples that it holds now.</summary>
    public int Count { get; set; }

    public Span<float> Pixels => MemoryMarshal.Cast<byte, float>(_pixels.bytes);

    public Span<long> Targets => MemoryMarshal.Cast<byte, long>(_targets.bytes);

    /// <summary>Images (n x 3 x side x side, channels last in memory) and labels (n) of part of the batch.</summary>
    /// <remarks>Views of this memory on the CPU: valid until the next batch is asked for.</remarks>
    public (Tensor Images, Tensor Labels) Part(int first, int end, Device device) =>
        (_pixels.narrow(0, first, end - first).permute(0, 3, 1, 2).to(device), _targets.narrow(0, first, end - first).to(device));

    public void Dispose()
    {
        _pixels.Dispose();
        _targets.Dispose();
    }
}
