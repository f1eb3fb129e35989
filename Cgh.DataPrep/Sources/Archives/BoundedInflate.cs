using System.IO.Compression;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// Decompresses gzip or zlib data that may be hostile: fails once the output is larger than a limit or, beyond a first part, larger than any archive of images
/// compresses to.
/// </summary>
internal sealed class BoundedInflate : Stream
{
    // A devkit of text files compresses 10 : 1, images hardly at all. Zeros compress 1,000 : 1.
    private const int MaxRatio = 100;
    private const long FreeBytes = 32 << 20;

    private readonly Stream _compressed;
    private readonly Stream _inflated;
    private readonly long _limit;
    private long _output;

    /// <param name="compressed">Seekable; disposed with this stream.</param>
    /// <param name="isZlib">zlib instead of gzip.</param>
    /// <param name="limit">Maximum number of bytes of output.</param>
    public BoundedInflate(Stream compressed, bool isZlib = false, long limit = long.MaxValue)
    {
        _compressed = compressed;
        _inflated = isZlib ? new ZLibStream(compressed, CompressionMode.Decompress) : new GZipStream(compressed, CompressionMode.Decompress);
        _limit = limit;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _output;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="ArchiveException">The data is damaged or exceeds a limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _inflated.Read(buffer);
        }
        catch (Exception error) when (FileFault.IsOfDeflate(error))
        {
            throw ArchiveException.Damaged("is damaged: its compressed data is invalid");
        }

        _output += read;
        if (_output > _limit)
        {
            throw new ArchiveException($"is refused: it has more than {_limit >> 20} MB when decompressed");
        }

        return _output <= FreeBytes || _output / MaxRatio <= _compressed.Position
            ? read
            : throw new ArchiveException($"is refused: its compressed data expands more than {MaxRatio} times");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflated.Dispose();
        }

        base.Dispose(disposing);
    }
}
