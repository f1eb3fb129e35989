using System.Runtime.InteropServices;
using SkiaSharp;

namespace Cgh.DataPrep.Browsing;

/// <summary>Encodes a packed image for a page, small enough for a message that holds twenty.</summary>
internal static class Thumbnail
{
    public const int MaxSide = 128;

    private const int Quality = 85;

    // Up to here the pixels are shown as they are: PNG is lossless, and such an image is at most 12 KB.
    private const int MaxExactSide = 64;

    /// <param name="rgb">Side x side x 3 bytes.</param>
    /// <param name="side">Height and width.</param>
    public static (string MediaType, byte[] Content) Of(ReadOnlySpan<byte> rgb, int side)
    {
        using var image = ToImage(rgb, side);
        if (side <= MaxExactSide)
        {
            return ("image/png", Encode(image, SKEncodedImageFormat.Png));
        }

        if (side <= MaxSide)
        {
            return ("image/jpeg", Encode(image, SKEncodedImageFormat.Jpeg));
        }

        using var small = new SKBitmap(MaxSide, MaxSide, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var pixels = small.PeekPixels();
        image.ScalePixels(pixels, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var scaled = SKImage.FromBitmap(small);
        return ("image/jpeg", Encode(scaled, SKEncodedImageFormat.Jpeg));
    }

    private static SKImage ToImage(ReadOnlySpan<byte> rgb, int side)
    {
        var rgba = new byte[side * side * 4];
        for (var (from, to) = (0, 0); to < rgba.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(rgba.AsSpan(to));
            rgba[to + 3] = 255;
        }

        var handle = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            return SKImage.FromPixelCopy(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque), handle.AddrOfPinnedObject());
        }
        finally
        {
            handle.Free();
        }
    }

    private static byte[] Encode(SKImage image, SKEncodedImageFormat format)
    {
        using var data = image.Encode(format, Quality);
        return data.ToArray();
    }
}
