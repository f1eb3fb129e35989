using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>BMP of every depth and compression that Pillow reads, with Pillow's result.</summary>
internal sealed class BmpDecoder : ImageDecoder
{
    private readonly EncodedFile _file;
    private readonly BmpHeader _header;
    private readonly Layout _layout;

    public BmpDecoder(EncodedFile file)
    {
        _file = file;
        _header = new BmpHeader(file.Bytes);
        _layout = LayoutOf(_header);
        SetSize(_header.Width, _header.Height);
        WorkingBytes = _layout == Layout.RunLength ? (long)Width * Height : 0;
    }

    private enum Layout
    {
        Indices,
        RunLength,
        Rgb555,
        Rgb565,
        Bgr,
        BgrX,
        XBgr,
        RgbX,
    }

    public override void Decode(Span<byte> rgba)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(rgba)[..(Width * Height)];
        ReadOnlySpan<byte> data = _file.Bytes[(int)Math.Min(_header.PixelOffset, _file.Length)..];
        var stride = (int)(((((long)Width * _header.Bits) + 31) >> 3) & ~3);
        if (_layout == Layout.RunLength)
        {
            // Copied out, so that rows are read like those of other files.
            data = BmpRunLength.Expand(data, (int)(_header.PixelOffset & 1), Width, Height, _header.Compression == BmpCompression.RunLength4);
            stride = Width;
        }

        for (var row = 0; row < Height; row++)
        {
            var start = (long)row * stride;
            var needed = _layout == Layout.RunLength ? Width : ((Width * (long)_header.Bits) + 7) / 8;
            if (start + needed > data.Length)
            {
                throw new UnreadableImageException("truncated");
            }

            var target = pixels.Slice((_header.IsTopDown ? row : Height - 1 - row) * Width, Width);
            Unpack(data.Slice((int)start, (int)needed), target);
        }
    }

    private static Layout LayoutOf(BmpHeader header) => (header.Compression, header.Bits, header.Red, header.Green, header.Blue) switch
    {
        (BmpCompression.None, 1 or 4 or 8, _, _, _) => Layout.Indices,
        (BmpCompression.None, 16, _, _, _) => Layout.Rgb555,
        (BmpCompression.None, 24, _, _, _) => Layout.Bgr,
        (BmpCompression.None, 32, _, _, _) => Layout.BgrX,
        (BmpCompression.RunLength8 or BmpCompression.RunLength4, 1 or 4 or 8, _, _, _) => Layout.RunLength,
        (BmpCompression.Masks, 16, 0x7c00, 0x3e0, 0x1f) => Layout.Rgb555,
        (BmpCompression.Masks, 16, 0xf800, 0x7e0, 0x1f) => Layout.Rgb565,
        (BmpCompression.Masks, 24, 0xff0000, 0xff00, 0xff) => Layout.Bgr,
        (BmpCompression.Masks, 32, 0xff0000, 0xff00, 0xff) or (BmpCompression.Masks, 32, 0, 0, 0) => Layout.BgrX,
        (BmpCompression.Masks, 32, 0xff000000, 0xff0000, 0xff00) => Layout.XBgr,
        (BmpCompression.Masks, 32, 0xff, 0xff00, 0xff0000) => Layout.RgbX,
        _ => throw new UnreadableImageException($"a BMP of {header.Bits} bits per pixel and compression {(uint)header.Compression} is not supported"),
    };

    private void Unpack(ReadOnlySpan<byte> row, Span<uint> target)
    {
        switch (_layout)
        {
            case Layout.Indices:
            case Layout.RunLength:
                var bits = _layout == Layout.RunLength ? 8 : _header.Bits;
                for (var column = 0; column < target.Length; column++)
                {
                    var bit = column * (long)bits;
                    target[column] = _header.Palette[(row[(int)(bit >> 3)] >> (8 - bits - (int)(bit & 7))) & ((1 << bits) - 1)];
                }

                break;
            case Layout.Rgb555:
            case Layout.Rgb565:
                var greenBits = _layout == Layout.Rgb565 ? 6 : 5;
                for (var column = 0; column < target.Length; column++)
                {
                    int value = BinaryPrimitives.ReadUInt16LittleEndian(row[(column * 2)..]);
                    var green = (value >> 5) & ((1 << greenBits) - 1);
                    target[column] = Rgb(Scale(value >> (5 + greenBits), 31), Scale(green, (1 << greenBits) - 1), Scale(value, 31));
                }

                break;
            default:
                var (pixelBytes, red, green8, blue) = _layout switch
                {
                    Layout.Bgr => (3, 2, 1, 0),
                    Layout.BgrX => (4, 2, 1, 0),
                    Layout.XBgr => (4, 3, 2, 1),
                    _ => (4, 0, 1, 2),
                };
                for (var column = 0; column < target.Length; column++, row = row[pixelBytes..])
                {
                    target[column] = Rgb(row[red], row[green8], row[blue]);
                }

                break;
        }
    }

    private static int Scale(int value, int maximum) => (value & maximum) * 255 / maximum;

    private static uint Rgb(int red, int green, int blue) =>
        BitConverter.IsLittleEndian ? (uint)(red | (green << 8) | (blue << 16)) : (uint)((red << 24) | (green << 16) | (blue << 8));
}
