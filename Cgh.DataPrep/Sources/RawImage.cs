using System.Buffers.Binary;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// Hands over raw pixels as an image that <see cref="ImageSample.Open"/> can return: an uncompressed 24-bit BMP, which costs less to decode than to copy.
/// </summary>
internal static class RawImage
{
    private const int HeaderBytes = 54;

    /// <summary>Makes an image of grey pixels, row by row from the top.</summary>
    public static Stream Grey(int width, int height, ReadOnlySpan<byte> pixels) => Make(width, height, pixels, pixels, pixels);

    /// <summary>Makes an image of three planes of pixels, each row by row from the top: red, green, blue.</summary>
    public static Stream Planes(int width, int height, ReadOnlySpan<byte> pixels)
    {
        var plane = width * height;
        return Make(width, height, pixels[..plane], pixels[plane..(2 * plane)], pixels[(2 * plane)..]);
    }

    private static MemoryStream Make(int width, int height, ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue)
    {
        // Rows are padded to four bytes and go from the bottom to the top.
        var rowBytes = ((width * 3) + 3) / 4 * 4;
        var file = new byte[HeaderBytes + (rowBytes * height)];
        var header = file.AsSpan(0, HeaderBytes);
        "BM"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[2..], file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[14..], HeaderBytes - 14);
        BinaryPrimitives.WriteInt32LittleEndian(header[18..], width);
        BinaryPrimitives.WriteInt32LittleEndian(header[22..], height);
        BinaryPrimitives.WriteInt16LittleEndian(header[26..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[28..], 24);
        BinaryPrimitives.WriteInt32LittleEndian(header[34..], file.Length - HeaderBytes);
        for (var row = 0; row < height; row++)
        {
            var target = file.AsSpan(HeaderBytes + ((height - 1 - row) * rowBytes), width * 3);
            var first = row * width;
            for (var column = 0; column < width; column++)
            {
                target[3 * column] = blue[first + column];
                target[(3 * column) + 1] = green[first + column];
                target[(3 * column) + 2] = red[first + column];
            }
        }

        return new MemoryStream(file, writable: false);
    }
}
