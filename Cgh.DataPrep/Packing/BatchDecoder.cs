using System.Collections.Concurrent;
using Cgh.Core.Datasets;
using Cgh.Images;

namespace Cgh.DataPrep.Packing;

/// <summary>What became of an image.</summary>
/// <param name="Name">Its name, on one line.</param>
/// <param name="Data">What is written: its pixels or its file.</param>
/// <param name="Hash">Hash of its pixels.</param>
/// <param name="IsOriented">Whether its EXIF orientation says that it is rotated or mirrored.</param>
/// <param name="Failure">Why it is skipped; null if it is not.</param>
internal readonly record struct PackedImage(string Name, ReadOnlyMemory<byte> Data, UInt128 Hash, bool IsOriented, string? Failure);

/// <summary>Decodes batches of images on all cores.</summary>
internal sealed class BatchDecoder(string source, PackOptions options) : IDisposable
{
    private readonly ThreadLocal<ImageReader> _readers = new(
        () => new ImageReader(options.ShortSide, options.Side, options.Orient, options.LargeImages), trackAllValues: true);
    private readonly ConcurrentBag<byte[]> _buffers = [];
    private readonly int _imageBytes = options.Side * options.Side * 3;

    /// <summary>Decodes a batch.</summary>
    /// <param name="batch">The images.</param>
    /// <param name="report">Called for each image, on several threads at a time.</param>
    /// <param name="cancellationToken">Ends decoding.</param>
    /// <exception cref="Core.UserErrorException">The source cannot be read.</exception>
    public PackedImage[] Decode(IReadOnlyList<DueImage> batch, Action report, CancellationToken cancellationToken)
    {
        var decoded = new PackedImage[batch.Count];
        Parallelism.For(batch.Count, cancellationToken, i =>
        {
            decoded[i] = Decode(batch[i]);
            report();
        });
        return decoded;
    }

    /// <summary>Takes back the buffers of a batch that was written.</summary>
    public void Recycle(PackedImage[] batch)
    {
        if (options.Encoding == PackEncoding.Pixels)
        {
            foreach (var image in batch)
            {
                Recycle(image.Data);
            }
        }
    }

    public void Dispose()
    {
        foreach (var reader in _readers.Values)
        {
            reader.Dispose();
        }

        _readers.Dispose();
    }

    private PackedImage Decode(DueImage due)
    {
        var name = due.Image.Listed;
        var failure = due.Image.Name.Contains('\n', StringComparison.Ordinal) ? "its name contains a line break" : due.Failure;
        if (failure is not null)
        {
            return new PackedImage(name, default, default, IsOriented: false, failure);
        }

        var pixels = _buffers.TryTake(out var free) ? free : GC.AllocateUninitializedArray<byte>(_imageBytes);
        (failure, var isOriented) = Read(due, pixels);
        if (failure is null && options.Encoding == PackEncoding.Pixels)
        {
            return new PackedImage(name, pixels, ImageHash.Of(pixels), isOriented, Failure: null);
        }

        var hash = failure is null ? ImageHash.Of(pixels) : default;
        _buffers.Add(pixels);
        return new PackedImage(name, failure is null ? due.Encoded : default, hash, isOriented, failure);
    }

    private ImageResult Read(DueImage due, byte[] pixels)
    {
        try
        {
            return _readers.Value!.Read(due.Open, pixels);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SampleReader.CannotRead(Path.Combine(source, due.Image.Name), error);
        }
    }

    private void Recycle(ReadOnlyMemory<byte> data)
    {
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(data, out var buffer) && buffer.Count == _imageBytes)
        {
            _buffers.Add(buffer.Array!);
        }
    }
}
