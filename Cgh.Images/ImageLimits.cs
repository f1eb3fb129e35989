namespace Cgh.Images;

/// <summary>Limits on what a file may claim, because a small file can claim any size and any amount of work.</summary>
internal static class ImageLimits
{
    // Pillow's limit for decompression bombs.
    private const long MaxPixels = 178_956_970;

    // From here on, Pillow warns of a decompression bomb. A core decodes as many in a second.
    private const long MaxCost = 89_478_485;

    // libpng's limit. Rows and columns have a cost of their own.
    private const int MaxSide = 1_000_000;

    // Every scan of a JPEG visits the whole image, and need take only a few bytes of the file. Encoders write about 10.
    private const int MaxScans = 100;
    private const int MaxScansOfLargeImages = 20;

    // Scans x coefficients: a second of work, as much as 100 scans of 5 million pixels with full chroma.
    private const long MaxScannedBytes = 3_000_000_000;

    // Enough for the largest image at 4 bytes a pixel.
    private const long MaxImageBytes = 800L << 20;

    /// <exception cref="UnreadableImageException">The image is too large, or has no pixels.</exception>
    public static void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1)
        {
            throw new UnreadableImageException("holds no pixels");
        }

        // Not the product alone, which can overflow.
        if (width > MaxPixels || height > MaxPixels || width * height > MaxPixels)
        {
            throw new UnreadableImageException($"{width} x {height} pixels exceed the limit of {MaxPixels}");
        }

        if (Math.Max(width, height) > MaxSide)
        {
            throw new UnreadableImageException($"{width} x {height} pixels exceed the limit of {MaxSide} for a side");
        }
    }

    /// <summary>Rejects an image that takes more than a second to decode, unless the user accepts large images.</summary>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <param name="cost"><see cref="ImageDecoder.Cost"/>.</param>
    /// <exception cref="UnreadableImageException">It is too large.</exception>
    public static void CheckCost(int width, int height, long cost)
    {
        if (cost > MaxCost)
        {
            throw new UnreadableImageException($"{width} x {height} pixels may take over a second to decode (--large-images accepts them)");
        }
    }

    /// <exception cref="UnreadableImageException">The JPEG has too many scans.</exception>
    public static void CheckScans(JpegHeader header)
    {
        var limit = Math.Clamp(MaxScannedBytes / Math.Max(1, header.CoefficientBytes), MaxScansOfLargeImages, MaxScans);
        if (header.Scans > limit)
        {
            throw new UnreadableImageException(
                $"{(header.IsProgressive ? "progressive " : "")}JPEG with {header.Scans} scans exceeds the limit of {limit} for its size");
        }
    }

    /// <summary>Rejects an image whose format needs so much memory beside the pixels that the process would exceed 1 GB.</summary>
    /// <exception cref="UnreadableImageException">It needs too much memory.</exception>
    public static void CheckMemory(int width, int height, long bytes)
    {
        if (bytes > MaxImageBytes)
        {
            throw new UnreadableImageException($"{width} x {height} pixels take {bytes >> 20} MB to decode in its format, more than {MaxImageBytes >> 20} MB");
        }
    }

    /// <summary>Rejects a file that is too short for its pixels, before memory is taken for them.</summary>
    /// <param name="decoded">Bytes of decoded data.</param>
    /// <param name="encoded">Bytes of the file.</param>
    /// <param name="ratio">How much the compression can achieve at most.</param>
    /// <exception cref="UnreadableImageException">The file is too short.</exception>
    public static void CheckLength(long decoded, long encoded, int ratio)
    {
        if (decoded > encoded * ratio)
        {
            throw new UnreadableImageException("truncated");
        }
    }
}
