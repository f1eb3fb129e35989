using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>Host memory for one batch; filled on a background thread, used again and again.</summary>
internal sealed class Batch : IDisposable
{
    private readonly BatchMemory _memory;
    private readonly int _side;
    private readonly Tensor _pixels;
    private readonly Tensor _targets;
    private NormalizationTable? _table;

    public Batch(int capacity, int side, BatchMemory memory = BatchMemory.Normalized)
    {
        _memory = memory;
        _side = side;
        _pixels = Make([capacity, side, side, 3], memory == BatchMemory.Normalized ? ScalarType.Float32 : ScalarType.Byte);
        _targets = Make([capacity], ScalarType.Int64);
    }

    /// <summary>Examples that it holds now.</summary>
    public int Count { get; set; }

    public Span<long> Targets => MemoryMarshal.Cast<byte, long>(_targets.bytes);

    /// <summary>Puts a square of an image in place <paramref name="index"/>.</summary>
    /// <param name="index">Below the capacity.</param>
    /// <param name="pixels">Of the image.</param>
    /// <param name="packedSide">Height and width of the image.</param>
    /// <param name="crop">Where the square is.</param>
    public void Put(int index, ReadOnlySpan<byte> pixels, int packedSide, Crop crop)
    {
        var size = _side * _side * 3;
        if (_memory == BatchMemory.Normalized)
        {
            Normalization.Apply(pixels, packedSide, crop, _side, MemoryMarshal.Cast<byte, float>(_pixels.bytes).Slice(index * size, size));
        }
        else
        {
            crop.Copy(pixels, packedSide, _side, _pixels.bytes.Slice(index * size, size));
        }
    }

    /// <summary>Normalised images (n x 3 x side x side, channels last in memory) and labels (n) of part of the batch.</summary>
    /// <param name="first">First example.</param>
    /// <param name="end">The one after the last.</param>
    /// <param name="device">Where they are to be.</param>
    /// <param name="type">Of the images.</param>
    /// <remarks>
    /// On the CPU they may be views of this memory; a GPU copies from pinned memory while this goes on. Either way the memory must stay as it is
    /// until what was computed from them has been read.
    /// </remarks>
    public (Tensor Images, Tensor Labels) Part(int first, int end, Device device, ScalarType type = ScalarType.Float32)
    {
        Tensor pixels = _pixels.narrow(0, first, end - first), targets = _targets.narrow(0, first, end - first);
        var images = _memory == BatchMemory.Normalized
            ? pixels.to(device).to(type)
            : Table(device, type).Of(pixels.to(device, non_blocking: true));
        return (images.permute(0, 3, 1, 2), targets.to(device, non_blocking: true));
    }

    public void Dispose()
    {
        _table?.Dispose();
        _pixels.Dispose();
        _targets.Dispose();
    }

    private Tensor Make(long[] shape, ScalarType type)
    {
        var memory = empty(shape, type).DetachFromDisposeScope();
        if (_memory != BatchMemory.PinnedPixels)
        {
            return memory;
        }

        using (memory)
        {
            return memory.pin_memory().DetachFromDisposeScope();
        }
    }

    private NormalizationTable Table(Device device, ScalarType type)
    {
        if (_table?.Fits(device, type) != true)
        {
            _table?.Dispose();
            _table = new NormalizationTable(device, type);
        }

        return _table;
    }
}
