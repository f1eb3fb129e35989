using System.Runtime.InteropServices;
using SkiaSharp;

namespace Cgh.Images;

/// <summary>
/// Skia's scanline decoding of a range of columns. SkiaSharp 3.119.4 exposes it, but passes a pointer to the range on its stack; the codec
/// keeps that pointer and dereferences it later if the file is damaged.
/// </summary>
internal static unsafe partial class ScanlineDecoder
{
    /// <summary>Starts decoding.</summary>
    /// <param name="codec">Codec of a JPEG.</param>
    /// <param name="info">The whole image, as 8-bit RGBA.</param>
    /// <param name="columns">The columns to decode, with all rows. The pointer must stay valid until the last line is decoded.</param>
    public static SKCodecResult Start(SKCodec codec, SKImageInfo info, SKRectI* columns)
    {
        var image = new NativeInfo { Width = info.Width, Height = info.Height, ColorType = NativeInfo.Rgba8888, AlphaType = (int)info.AlphaType };
        var options = new NativeOptions { Subset = columns, PriorFrame = NativeOptions.None };
        return StartScanlineDecode(codec.Handle, &image, &options);
    }

    [LibraryImport("libSkiaSharp", EntryPoint = "sk_codec_start_scanline_decode")]
    private static partial SKCodecResult StartScanlineDecode(nint codec, NativeInfo* info, NativeOptions* options);

    /// <summary><c>sk_imageinfo_t</c>.</summary>
    private struct NativeInfo
    {
        public const int Rgba8888 = 4;

        public nint ColorSpace;
        public int Width;
        public int Height;
        public int ColorType;
        public int AlphaType;
    }

    /// <summary><c>sk_codec_options_t</c>.</summary>
    private struct NativeOptions
    {
        public const int None = -1;

        public int ZeroInitialized;
        public SKRectI* Subset;
        public int FrameIndex;
        public int PriorFrame;
    }
}
