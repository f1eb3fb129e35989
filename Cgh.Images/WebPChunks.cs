using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>The chunks of a WebP file.</summary>
internal static class WebPChunks
{
    private const int HeaderBytes = 12;
    private const int FrameBytes = 8;

    /// <returns>EXIF orientation, 1 to 8.</returns>
    public static int Orientation(ReadOnlySpan<byte> file)
    {
        for (var at = HeaderBytes; file.Length - at >= FrameBytes;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > file.Length - at - FrameBytes)
            {
                break;
            }

            if (file[at..].StartsWith("EXIF"u8))
            {
                return ExifOrientation.Read(file.Slice(at + FrameBytes, (int)length));
            }

            // Chunks are padded to an even length.
            at = (int)Math.Min(file.Length, at + FrameBytes + length + (length & 1));
        }

        return Orientations.Upright;
    }
}
