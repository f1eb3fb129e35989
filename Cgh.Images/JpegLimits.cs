namespace Cgh.Images;

/// <summary>
/// Limits on the work that a JPEG can cause: each scan of a progressive JPEG visits the whole image, and may take only a few bytes of the file.
/// </summary>
internal static class JpegLimits
{
    private const int MaxScans = 100;

    /// <exception cref="UnreadableImageException">The JPEG has too many scans.</exception>
    public static void Check(JpegHeader header)
    {
        if (header.Scans > MaxScans)
        {
            throw new UnreadableImageException($"{(header.IsProgressive ? "progressive " : "")}JPEG with {header.Scans} scans exceeds the limit of {MaxScans}");
        }
    }
}
