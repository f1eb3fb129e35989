using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>
/// Reads the orientation, and nothing else, from EXIF data. Anything broken counts as upright. Follows no offset but the first directory's, so that
/// no data can make it loop or read elsewhere.
/// </summary>
internal static class ExifOrientation
{
    private const int Tag = 0x0112;
    private const int EntryBytes = 12;

    /// <param name="exif">A TIFF header and directory, with or without the prefix <c>Exif\0\0</c>.</param>
    /// <returns>1 to 8.</returns>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8))
        {
            exif = exif[6..];
        }

        if (exif.Length < 8)
        {
            return Orientations.Upright;
        }

        var order = exif[..4];
        if (!order.SequenceEqual("II*\0"u8) && !order.SequenceEqual("MM\0*"u8))
        {
            return Orientations.Upright;
        }

        var little = exif[0] == 'I';
        var directory = U32(exif[4..], little);
        if (directory > exif.Length - 2)
        {
            return Orientations.Upright;
        }

        var entries = exif[(int)directory..];
        var count = Math.Min(U16(entries, little), (entries.Length - 2) / EntryBytes);
        var orientation = Orientations.Upright;

        // Of several, the last counts, as in Pillow.
        for (var i = 0; i < count; i++)
        {
            var entry = entries.Slice(2 + (i * EntryBytes), EntryBytes);
            if (U16(entry, little) == Tag)
            {
                orientation = Value(entry, little);
            }
        }

        return orientation;
    }

    // Encoders write a SHORT; some write another whole number.
    private static int Value(ReadOnlySpan<byte> entry, bool little)
    {
        const int Short = 3, Long = 4, SignedShort = 8, SignedLong = 9;
        var (kind, count) = (U16(entry[2..], little), U32(entry[4..], little));
        var value = (kind, count) switch
        {
            (Short or SignedShort, 1) => U16(entry[8..], little),
            (Long or SignedLong, 1) => U32(entry[8..], little),
            _ => 0u,
        };
        return value is >= 1 and <= 8 ? (int)value : Orientations.Upright;
    }

    private static ushort U16(ReadOnlySpan<byte> data, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(data) : BinaryPrimitives.ReadUInt16BigEndian(data);

    private static uint U32(ReadOnlySpan<byte> data, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(data) : BinaryPrimitives.ReadUInt32BigEndian(data);
}
