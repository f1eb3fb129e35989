namespace Cgh.Images;

/// <summary>An encoded image in memory that does not move.</summary>
internal readonly unsafe struct EncodedFile(byte* start, int length)
{
    public byte* Start => start;

    public int Length => length;

    public Span<byte> Bytes => new(start, length);

    public EncodedFile First(int bytes) => new(start, Math.Min(bytes, length));
}
