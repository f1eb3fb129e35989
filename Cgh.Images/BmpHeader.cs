using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>The headers of a BMP file, read as Pillow reads them.</summary>
internal sealed class BmpHeader
{
    private const int FileHeaderBytes = 14;
    private const int CoreBytes = 12, InfoBytes = 40, Os2Bytes = 64, V4Bytes = 108, V5Bytes = 124;

    public BmpHeader(ReadOnlySpan<byte> file)
    {
        var size = Need(file, FileHeaderBytes, 4) is var field ? U32(field) : 0;
        if (size is not (CoreBytes or InfoBytes or Os2Bytes or V4Bytes or V5Bytes))
        {
            throw new UnreadableImageException($"a BMP with a header of {size} bytes is not supported");
        }

        var header = Need(file, FileHeaderBytes, (int)size);
        var isCore = size == CoreBytes;
        IsTopDown = !isCore && header[11] == 0xff;
        Width = isCore ? U16(header[4..]) : U32(header[4..]);
        Height = isCore ? U16(header[6..]) : IsTopDown ? (1L << 32) - U32(header[8..]) : U32(header[8..]);
        Bits = U16(header[(isCore ? 10 : 14)..]);
        Compression = isCore ? BmpCompression.None : (BmpCompression)U32(header[16..]);
        var colours = isCore || U32(header[32..]) == 0 ? 1L << Math.Min((int)Bits, 32) : U32(header[32..]);
        var offset = (long)U32(file[10..]);
        var palette = FileHeaderBytes + (int)size;
        if (Compression == BmpCompression.Masks)
        {
            // The masks are part of the longer headers and follow the shorter one.
            var masks = Need(file, FileHeaderBytes + InfoBytes, 12);
            (Red, Green, Blue) = (U32(masks), U32(masks[4..]), U32(masks[8..]));
            palette += size == InfoBytes ? 12 : 0;
        }

        var paletteBytes = 0L;
        if (Bits <= 8)
        {
            paletteBytes = ReadPalette(file, palette, colours, isCore ? 3 : 4);
        }

        PixelOffset = offset == 0 ? palette + paletteBytes : offset == FileHeaderBytes + size && Bits <= 8 ? offset + (4 * colours) : offset;
    }

    public long Width { get; }

    public long Height { get; }

    public bool IsTopDown { get; }

    public int Bits { get; }

    public BmpCompression Compression { get; }

    public uint Red { get; }

    public uint Green { get; }

    public uint Blue { get; }

    public Palette Palette { get; } = new();

    public long PixelOffset { get; }

    private long ReadPalette(ReadOnlySpan<byte> file, int at, long colours, int entryBytes)
    {
        if (colours > 65536)
        {
            throw new UnreadableImageException($"a palette of {colours} colours is not supported");
        }

        var count = (int)Math.Min(colours, (file.Length - at) / entryBytes);
        for (var i = 0; i < count; i++)
        {
            var entry = file.Slice(at + (i * entryBytes), entryBytes);
            Palette.Set(i, entry[2], entry[1], entry[0]);
        }

        return colours * entryBytes;
    }

    private static ReadOnlySpan<byte> Need(ReadOnlySpan<byte> file, int at, int count) =>
        file.Length - at >= count ? file.Slice(at, count) : throw new UnreadableImageException("truncated");

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}

/// <summary>The kinds of pixel data that are supported.</summary>
internal enum BmpCompression : uint
{
    None = 0,
    RunLength8 = 1,
    RunLength4 = 2,
    Masks = 3,
}
