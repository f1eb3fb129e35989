using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>What the markers of a JPEG say.</summary>
/// <param name="IsProgressive">Whether the image is encoded in scans of increasing detail.</param>
/// <param name="Scans">Number of scans that the decoder reads.</param>
/// <param name="CoefficientBytes">Memory for the coefficients, which the decoder keeps if there are several scans; otherwise 0.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
internal readonly record struct JpegHeader(bool IsProgressive, int Scans, long CoefficientBytes, int Orientation)
{
    private const int Exif = 0xe1, StartOfScan = 0xda, EndOfImage = 0xd9;

    // Each takes 64 numbers of 16 bits.
    private const int BlockBytes = 128;

    /// <summary>Reads the markers as libjpeg does, which skips what it does not know. Whether the file is sound is for the decoder to say.</summary>
    public static JpegHeader Read(ReadOnlySpan<byte> file)
    {
        var header = new JpegHeader(IsProgressive: false, Scans: 0, CoefficientBytes: 0, Orientations.Upright);
        var (components, coefficients, hasExif) = (0, 0L, false);
        for (var at = 2; NextMarker(file, ref at) is var marker && marker != EndOfImage;)
        {
            if (HasNoLength(marker))
            {
                continue;
            }

            if (file.Length - at < 2 || BinaryPrimitives.ReadUInt16BigEndian(file[at..]) is var length && length < 2)
            {
                break;
            }

            var body = file[Math.Min(at + 2, file.Length)..Math.Min(at + length, file.Length)];
            at += length;
            if (IsFrame(marker) && components == 0 && body.Length > 5)
            {
                components = body[5];
                coefficients = Coefficients(body);
                header = header with { IsProgressive = (marker & 3) == 2 };
            }
            else if (marker == Exif && !hasExif && body.StartsWith("Exif\0"u8))
            {
                hasExif = true;
                header = header with { Orientation = ExifOrientation.Read(body) };
            }
            else if (marker == StartOfScan)
            {
                header = header with { Scans = header.Scans + 1, CoefficientBytes = coefficients };
                if (!header.IsProgressive && header.Scans == 1 && body.Length > 0 && body[0] >= components)
                {
                    // The only scan: the decoder stops after it, and needs no coefficients.
                    return header with { CoefficientBytes = 0 };
                }
            }
        }

        return header;
    }

    // Frames are C0 to CF without the tables C4, C8 and CC.
    private static bool IsFrame(int marker) => marker is >= 0xc0 and <= 0xcf && (marker & 3) != 0 | marker == 0xc0;

    // Stuffed bytes in the entropy-coded data, restart markers and TEM; a second start of the image.
    private static bool HasNoLength(int marker) => marker is 0 or 1 or (>= 0xd0 and <= 0xd8);

    private static int NextMarker(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length)
        {
            var start = file[at..].IndexOf((byte)0xff);
            if (start < 0)
            {
                break;
            }

            at += start;
            var fill = file[at..].IndexOfAnyExcept((byte)0xff);
            if (fill < 0)
            {
                break;
            }

            at += fill + 1;
            return file[at - 1];
        }

        return EndOfImage;
    }

    private static long Coefficients(ReadOnlySpan<byte> frame)
    {
        var height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
        var sampling = frame[6..];
        var (most, mostDown) = (1, 1);
        for (var i = 1; i < sampling.Length && i < frame[5] * 3; i += 3)
        {
            most = Math.Max(most, sampling[i] >> 4);
            mostDown = Math.Max(mostDown, sampling[i] & 15);
        }

        var blocks = 0L;
        for (var i = 1; i < sampling.Length && i < frame[5] * 3; i += 3)
        {
            blocks += (((width * (sampling[i] >> 4) / most) + 15L) / 8) * (((height * (sampling[i] & 15) / mostDown) + 15L) / 8);
        }

        return blocks * BlockBytes;
    }
}
