using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>What the chunks of a PNG say, and the length of the file without those that do not matter.</summary>
internal readonly record struct PngChunks(int Length, bool IsInterlaced, int Orientation)
{
    private const int SignatureBytes = 8;

    // Length, type and checksum.
    private const int FrameBytes = 12;

    /// <summary>
    /// Removes, in place, every chunk that does not change the pixels: metadata, animation, colour profiles. Compressed ones can expand a thousandfold,
    /// and libpng rejects an image for a damaged one.
    /// </summary>
    public static PngChunks Strip(Span<byte> file)
    {
        var (read, write) = (SignatureBytes, SignatureBytes);
        var (isInterlaced, exif, xmp) = (false, Orientations.Upright, Orientations.Upright);
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
            if (type.SequenceEqual("IHDR"u8) && data is [.., var interlacing])
            {
                isInterlaced = interlacing != 0;
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
        return new PngChunks(write + file.Length - read, isInterlaced, exif == Orientations.Upright ? xmp : exif);
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
