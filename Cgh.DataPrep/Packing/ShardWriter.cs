using System.Globalization;
using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>Writes the shards of one split in sequence, each to a temporary file that is renamed when it is complete.</summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly string _folder;
    private readonly int _side;
    private readonly int _capacity;
    private FileStream? _stream;
    private int _index;

    /// <param name="folder">The split's folder.</param>
    /// <param name="side">Height and width of the images.</param>
    /// <param name="shardBytes">Maximum size of a shard's pixels in bytes; a shard holds at least one image.</param>
    /// <param name="firstIndex">Number of the first shard to write.</param>
    public ShardWriter(string folder, int side, long shardBytes, int firstIndex)
    {
        _folder = folder;
        _side = side;
        _index = firstIndex;
        _capacity = (int)Math.Clamp(shardBytes / (side * side * 3L), 1, 100_000_000);
    }

    /// <summary>Number of images in the current shard.</summary>
    public int Count { get; private set; }

    private string ShardPath => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"images-{_index:D5}.npy"));

    /// <summary>Appends an image. Returns the shard if the image filled it, else null.</summary>
    public ShardInfo? Append(ReadOnlySpan<byte> pixels)
    {
        if (_stream is null)
        {
            _stream = new FileStream(AtomicFile.TemporaryPath(ShardPath), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            _stream.Write(Header(_capacity));
        }

        _stream.Write(pixels);
        return ++Count == _capacity ? Finish() : null;
    }

    /// <summary>Completes and returns the current shard; null if it is empty.</summary>
    public ShardInfo? Finish()
    {
        if (_stream is null)
        {
            return null;
        }

        var placeholder = Header(_capacity);
        var header = Header(Count);
        if (header.Length != placeholder.Length)
        {
            throw new InvalidOperationException($"The header of {ShardPath} does not fit into the space reserved for it.");
        }

        _stream.Position = 0;
        _stream.Write(header);
        _stream.Flush(flushToDisk: true);

        // Read the file back: the header, which the checksum covers too, was only just written.
        _stream.Position = 0;
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(_stream));
        _stream.Dispose();
        _stream = null;
        SharedFile.Replace(AtomicFile.TemporaryPath(ShardPath), ShardPath);

        var shard = new ShardInfo(Path.GetFileName(ShardPath), Count, sha256);
        _index++;
        Count = 0;
        return shard;
    }

    public void Dispose() => _stream?.Dispose();

    private byte[] Header(int images) => NpyFile.MakeHeader(NpyFile.UInt8, images, _side, _side, 3);
}
