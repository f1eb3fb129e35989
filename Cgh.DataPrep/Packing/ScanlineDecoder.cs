using System.Runtime.InteropServices;
using SkiaSharp;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Skia's scanline decoding of some columns. SkiaSharp 3.119.4 has it too, but its codec keeps a pointer to the columns on a stack that is gone when
/// the first line is asked for, and follows it when a file turns out to be damaged.
/// </summary>
internal static unsafe partial class ScanlineDecoder
{
    /// <param name="codec">Of a JPEG.</param>
    /// <param name="info">The whole image, in RGBA of 8 bits.</param>
    /// <param name="columns">All rows of some columns; must stay where it is until the last line is decoded.</param>
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
