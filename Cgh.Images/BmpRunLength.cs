namespace Cgh.Images;

/// <summary>Run-length encoded BMP data, expanded as Pillow does it.</summary>
internal static class BmpRunLength
{
    private const byte EndOfLine = 0, EndOfBitmap = 1, Delta = 2;

    /// <param name="data">The encoded data.</param>
    /// <param name="parity">1 if the data start at an odd position of the file: literal runs end at even ones.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="isHalf">Whether a byte holds two pixels.</param>
    /// <returns>A byte for each pixel.</returns>
    public static byte[] Expand(ReadOnlySpan<byte> data, int parity, int width, int height, bool isHalf)
    {
        var pixels = new byte[width * height];
        int at = 0, count = 0, column = 0;
        while (count < pixels.Length)
        {
            if (data.Length - at < 2)
            {
                throw new UnreadableImageException("truncated");
            }

            var (run, value) = (data[at], data[at + 1]);
            at += 2;
            if (run > 0)
            {
                var pixel = Math.Min(Math.Min(run, Math.Max(0, width - column)), pixels.Length - count);
                for (var i = 0; i < pixel; i++)
                {
                    pixels[count++] = !isHalf ? value : (byte)((i & 1) == 0 ? value >> 4 : value & 15);
                }

                column += pixel;
            }
            else if (value == EndOfLine)
            {
                // Zeros to the end of the row; none if the row is full.
                count = Math.Min(pixels.Length, (count + width - 1) / width * width);
                column = 0;
            }
            else if (value == EndOfBitmap)
            {
                throw new UnreadableImageException("truncated");
            }
            else if (value == Delta)
            {
                if (data.Length - at < 2)
                {
                    throw new UnreadableImageException("truncated");
                }

                count = (int)Math.Min(pixels.Length, count + data[at] + ((long)data[at + 1] * width));
                column = count % width;
                at += 2;
            }
            else
            {
                at = Literal(data, at, value, isHalf, pixels, ref count);
                column += value;
                at += (at + parity) & 1;
            }
        }

        return pixels;
    }

    private static int Literal(ReadOnlySpan<byte> data, int at, int length, bool isHalf, Span<byte> pixels, ref int count)
    {
        // Like Pillow, which drops the last pixel of an odd number of halves.
        var bytes = isHalf ? length / 2 : length;
        if (data.Length - at < bytes)
        {
            throw new UnreadableImageException("truncated");
        }

        foreach (var value in data.Slice(at, bytes))
        {
            if (isHalf && count < pixels.Length)
            {
                pixels[count++] = (byte)(value >> 4);
            }

            if (count < pixels.Length)
            {
                pixels[count++] = isHalf ? (byte)(value & 15) : value;
            }
        }

        return at + bytes;
    }
}
