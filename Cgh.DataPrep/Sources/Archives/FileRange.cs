using Microsoft.Win32.SafeHandles;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// A part of a file as a stream. Streams on one handle have positions of their own, so several threads can read at a time. Unbuffered.
/// </summary>
internal sealed class FileRange(SafeFileHandle file, long start, long length, bool ownsFile = false) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value is >= 0 && value <= length ? value : throw new IOException($"Position {value} is outside of the {length} bytes of the range.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, length - _position);
        if (wanted == 0)
        {
            return 0;
        }

        var read = RandomAccess.Read(file, buffer[..wanted], start + _position);

        // Not 0: the caller would take the rest of the file for truncated data.
        if (read == 0)
        {
            throw new EndOfStreamException("The archive has become shorter since it was listed.");
        }

        _position += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsFile)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
