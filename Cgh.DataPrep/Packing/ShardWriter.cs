using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>Writes one shard to a temporary file, which is renamed when it is complete.</summary>
internal abstract class ShardWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _header;

    /// <param name="path">Path of the shard.</param>
    /// <param name="header">The header if every planned image can be packed. That of the finished shard has the same length.</param>
    protected ShardWriter(string path, byte[] header)
    {
        Path = path;
        _header = header;
        _stream = new FileStream(AtomicFile.TemporaryPath(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        Write(header);
    }

    /// <summary>Number of images.</summary>
    protected int Count { get; private set; }

    /// <summary>Path of the shard.</summary>
    protected string Path { get; }

    /// <summary>Returns the writer for a shard.</summary>
    /// <param name="path">Path of the shard.</param>
    /// <param name="images">Number of planned images.</param>
    /// <param name="options">Says what is written.</param>
    public static ShardWriter Create(string path, int images, PackOptions options) => options.Encoding switch
    {
        PackEncoding.Encoded => new EncodedShardWriter(path),
        _ => new PixelShardWriter(path, images, options.Side),
    };

    /// <summary>Appends an image: its pixels or its file.</summary>
    public virtual void Append(ReadOnlySpan<byte> image)
    {
        Write(image);
        Count++;
    }

    /// <summary>Completes the shard. Returns null, and leaves no file, if it has no images.</summary>
    /// <param name="bytes">Length of the file.</param>
    public virtual ShardInfo? Finish(out long bytes)
    {
        bytes = _stream.Position;
        if (Count == 0)
        {
            return null;
        }

        var header = Header(Count);
        if (header.Length != _header.Length)
        {
            throw new InvalidOperationException($"The header of {Path} does not fit into the space reserved for it.");
        }

        var isAsPlanned = header.AsSpan().SequenceEqual(_header);
        if (!isAsPlanned)
        {
            _stream.Position = 0;
            _stream.Write(header);
        }

        _stream.Flush(flushToDisk: true);
        _stream.Position = 0;

        // The header comes first, so that the file must be read back if it has changed.
        var sha256 = Convert.ToHexStringLower(isAsPlanned ? _hash.GetHashAndReset() : SHA256.HashData(_stream));
        _stream.Dispose();
        SharedFile.Replace(AtomicFile.TemporaryPath(Path), Path);
        return new ShardInfo(System.IO.Path.GetFileName(Path), Count, sha256);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();

        // Nothing is left of a shard that was not finished: it may be what filled the disk.
        AtomicFile.TryDelete(AtomicFile.TemporaryPath(Path));
    }

    /// <summary>Returns the header of the finished file.</summary>
    protected abstract byte[] Header(int images);

    private void Write(ReadOnlySpan<byte> data)
    {
        _stream.Write(data);
        _hash.AppendData(data);
    }
}

/// <summary>Writes a shard of pixels: uint8 of shape (images, side, side, 3).</summary>
internal sealed class PixelShardWriter(string path, int images, int side) : ShardWriter(path, Header(images, side))
{
    protected override byte[] Header(int images) => Header(images, side);

    private static byte[] Header(int images, int side) => NpyFile.MakeHeader(NpyFile.UInt8, images, side, side, 3);
}

/// <summary>
/// Writes a shard of encoded images: their bytes one after another as one-dimensional uint8, and beside it the offset of each, and the end of the last, as
/// int64.
/// </summary>
internal sealed class EncodedShardWriter(string path) : ShardWriter(path, NpyFile.MakeHeader(NpyFile.UInt8, MostBytes))
{
    // Any number of bytes has a header of this length.
    private const long MostBytes = 999_999_999_999_999;

    private readonly List<long> _offsets = [0];

    public override void Append(ReadOnlySpan<byte> image)
    {
        base.Append(image);
        _offsets.Add(_offsets[^1] + image.Length);
    }

    public override ShardInfo? Finish(out long bytes)
    {
        if (Count == 0)
        {
            return base.Finish(out bytes);
        }

        var path = EncodedImages.OffsetsPath(Path);
        NpyFile.WriteInt64(path, _offsets.ToArray());
        return base.Finish(out bytes)! with { OffsetsSha256 = Checksum.Of(path) };
    }

    protected override byte[] Header(int images) => NpyFile.MakeHeader(NpyFile.UInt8, _offsets[^1]);
}
