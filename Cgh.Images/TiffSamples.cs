using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>Unpacks the samples of a TIFF to 8 bits, and turns them into colours as Pillow does.</summary>
internal static class TiffSamples
{
    public const int Channels = 4;

    /// <summary>
    /// Unpacks part of a row. Of 16 bits, the upper eight count. Signed and 32-bit numbers are limited to 0 to 255.
    /// </summary>
    /// <param name="row">Samples in the order of the machine.</param>
    /// <param name="samples">Samples per pixel in the row.</param>
    /// <param name="bits">Bits per sample.</param>
    /// <param name="format">Sample format.</param>
    /// <param name="isIndex">Whether small samples are palette indices, which are not scaled to 255.</param>
    /// <param name="target">Pixels of four channels.</param>
    /// <param name="channel">Channel that receives the first sample; samples beyond the fourth channel are dropped.</param>
    public static void Unpack(ReadOnlySpan<byte> row, int samples, int bits, int format, bool isIndex, Span<byte> target, int channel)
    {
        var used = Math.Min(samples, Channels - channel);
        var columns = target.Length / Channels;
        if (bits == 8)
        {
            for (var column = 0; column < columns; column++)
            {
                row.Slice(column * samples, used).CopyTo(target[((column * Channels) + channel)..]);
            }

            return;
        }

        for (var sample = 0; sample < used; sample++)
        {
            for (var column = 0; column < columns; column++)
            {
                target[(column * Channels) + channel + sample] = Sample(row, (column * samples) + sample, bits, format, isIndex);
            }
        }
    }

    public static void ToRgb(Span<byte> pixels, TiffFormat format, Palette palette)
    {
        var isPremultiplied = format is { Colours: TiffColours.Rgb, IsPremultiplied: true, Samples: > 3 };
        if (format.Colours is TiffColours.Rgb or TiffColours.Ycbcr && !isPremultiplied)
        {
            return;
        }

        for (; !pixels.IsEmpty; pixels = pixels[Channels..])
        {
            switch (format.Colours)
            {
                case TiffColours.GreyInverted when format.Bits <= 16 && format.SampleFormat == 1:
                    pixels[..3].Fill((byte)~pixels[0]);
                    break;
                case TiffColours.Grey or TiffColours.GreyInverted:
                    pixels[..3].Fill(pixels[0]);
                    break;
                case TiffColours.Palette:
                    var colour = palette[pixels[0]];
                    MemoryMarshal.Write(pixels, in colour);
                    break;
                case TiffColours.Cmyk:
                    var light = 255 - pixels[3];
                    for (var i = 0; i < 3; i++)
                    {
                        pixels[i] = (byte)Math.Max(0, light - MultiplyDivide255(pixels[i], light));
                    }

                    break;
                case TiffColours.Rgb when isPremultiplied && pixels[3] is > 0 and < 255 and var alpha:
                    for (var i = 0; i < 3; i++)
                    {
                        pixels[i] = (byte)Math.Min(255, pixels[i] * 255 / alpha);
                    }

                    break;
                case TiffColours.Rgb when isPremultiplied && pixels[3] == 0:
                    pixels[..3].Clear();
                    break;
            }
        }
    }

    private static byte Sample(ReadOnlySpan<byte> row, int index, int bits, int format, bool isIndex)
    {
        const int Signed = 2, Float = 3;
        switch (bits)
        {
            case 8:
                return row[index];
            case 16:
                var value = MemoryMarshal.Read<ushort>(row[(index * 2)..]);
                return format == Signed ? (byte)Math.Clamp((short)value, (short)0, (short)255) : (byte)(value >> 8);
            case 32 when format == Float:
                var number = MemoryMarshal.Read<float>(row[(index * 4)..]);
                return number > 0 ? (byte)Math.Min(number, 255) : (byte)0;
            case 32:
                return (byte)Math.Clamp(MemoryMarshal.Read<int>(row[(index * 4)..]), 0, 255);
            default:
                var bit = (long)index * bits;
                var small = (row[(int)(bit >> 3)] >> (8 - bits - (int)(bit & 7))) & ((1 << bits) - 1);
                return (byte)(isIndex ? small : small * 255 / ((1 << bits) - 1));
        }
    }

    private static int MultiplyDivide255(int a, int b)
    {
        var product = (a * b) + 128;
        return ((product >> 8) + product) >> 8;
    }
}
