using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>A reusable batch in host memory, filled on a background thread.</summary>
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

    /// <summary>Number of examples in the batch.</summary>
    public int Count { get; set; }

    public Span<long> Targets => MemoryMarshal.Cast<byte, long>(_targets.bytes);

    /// <summary>Stores a crop of an image at <paramref name="index"/>.</summary>
    /// <param name="index">Position in the batch.</param>
    /// <param name="pixels">Pixels of the packed image.</param>
    /// <param name="packedSide">Height and width of the packed image.</param>
    /// <param name="crop">The crop.</param>
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

    /// <summary>Returns normalized images (n x 3 x side x side, channels last in memory) and labels (n) of a part of the batch.</summary>
    /// <param name="first">Index of the first example.</param>
    /// <param name="end">Index after the last example.</param>
    /// <param name="device">Device of the returned tensors.</param>
    /// <param name="type">Type of the images.</param>
    /// <remarks>
    /// On the CPU, the tensors may be views of the batch; a GPU copies from pinned memory asynchronously. Do not modify the batch until
    /// a result computed from the tensors has been read.
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
