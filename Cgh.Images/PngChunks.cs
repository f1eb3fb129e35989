using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>What the chunks of a PNG say, and the length of the file without those that do not matter.</summary>
/// <param name="Length">Length of the file after <see cref="Strip"/>.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="DecodedBytes">Bytes of the pixels, or fewer.</param>
/// <param name="IsInterlaced">Whether the pixels come in several passes.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
internal readonly record struct PngChunks(int Length, long Width, long Height, long DecodedBytes, bool IsInterlaced, int Orientation)
{
    private const int SignatureBytes = 8;

    private const int HeaderBytes = 13;

    // Length, type and checksum.
    private const int FrameBytes = 12;

    /// <summary>
    /// Removes, in place, every chunk that does not change the pixels: metadata, animation, colour profiles. Compressed ones can expand a thousandfold,
    /// and libpng rejects an image for a damaged one.
    /// </summary>
    /// <exception cref="UnreadableImageException">The file does not begin with a header.</exception>
    public static PngChunks Strip(Span<byte> file)
    {
        var (read, write) = (SignatureBytes, SignatureBytes);
        var (exif, xmp) = (Orientations.Upright, Orientations.Upright);
        PngChunks? header = null;
        for (var isLast = false; !isLast && file.Length - read >= FrameBytes;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[read..]);
            if (length > file.Length - read - FrameBytes)
            {
                break;
            }

            var chunk = file.Slice(read, (int)length + FrameBytes);
            ReadOnlySpan<byte> type = chunk.Slice(4, 4), data = chunk[8..^4];
            isLast = type.SequenceEqual("IEND"u8);
            if (read == SignatureBytes && type.SequenceEqual("IHDR"u8) && data.Length == HeaderBytes)
            {
                header = Header(data);
            }
            else if (type.SequenceEqual("eXIf"u8))
            {
                exif = ExifOrientation.Read(data);
            }
            else if (type.SequenceEqual("iTXt"u8))
            {
                xmp = XmpOrientation(data, xmp);
            }

            var matters = (type[0] & 0x20) == 0 || type.SequenceEqual("tRNS"u8);
            read += chunk.Length;
            if (matters)
            {
                chunk.CopyTo(file[write..]);
                write += chunk.Length;
            }

            if (isLast)
            {
                read = file.Length;
            }
        }

        // Cut off or not a chunk: the decoder says what is wrong.
        file[read..].CopyTo(file[write..]);
        return header is not { } found
            ? throw new UnreadableImageException(file.Length < SignatureBytes + FrameBytes + HeaderBytes ? "truncated" : "damaged")
            : found with { Length = write + file.Length - read, Orientation = exif == Orientations.Upright ? xmp : exif };
    }

    private static PngChunks Header(ReadOnlySpan<byte> data)
    {
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        var channels = data[9] switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };

        // Limited, as the product of hostile values overflows; such an image is rejected for its size.
        var bits = Math.Min(width, 1L << 30) * data[8] * channels;
        return new PngChunks(Length: 0, width, height, bits / 8 * Math.Min(height, 1L << 20), data[12] != 0, Orientations.Upright);
    }

    // As Pillow does, which uses XMP if EXIF has no orientation.
    private static int XmpOrientation(ReadOnlySpan<byte> data, int otherwise)
    {
        if (!data.StartsWith("XML:com.adobe.xmp\0\0"u8))
        {
            return otherwise;
        }

        const int Digit = 2;
        var name = "tiff:Orientation"u8;
        for (var at = data.IndexOf(name); at >= 0; at = data.IndexOf(name))
        {
            data = data[(at + name.Length)..];
            if (data is [(byte)'=', (byte)'"', >= (byte)'0' and <= (byte)'9', ..])
            {
                return Valid(data[Digit] - '0');
            }

            if (data is [(byte)'>', >= (byte)'0' and <= (byte)'9', ..])
            {
                return Valid(data[Digit - 1] - '0');
            }
        }

        return otherwise;
    }

    private static int Valid(int orientation) => orientation is >= 1 and <= 8 ? orientation : Orientations.Upright;
}
