using SkiaSharp;

namespace Cgh.Images;

/// <summary>JPEG, PNG and WebP, decoded by Skia. Colour profiles are ignored, as Pillow does.</summary>
internal sealed unsafe class SkiaDecoder : ImageDecoder
{
    // Skia collects the passes of an interlaced PNG in a buffer of its own; libwebp keeps the planes or pixels of the whole image.
    private const int InterlacedPixelBytes = 8;
    private const int WebPPixelBytes = 4;

    private const int MaxDeflateRatio = 1032;

    private readonly SKData _data;
    private readonly SKMemoryStream _stream;
    private readonly SKCodec _codec;
    private bool _hasColumns;

    private SkiaDecoder(EncodedFile file, SKEncodedImageFormat format, int workingBytesPerPixel = 0)
    {
        _data = SKData.Create((nint)file.Start, file.Length);
        _stream = new SKMemoryStream(_data);
        _codec = SKCodec.Create(_stream, out var opened);
        if (_codec?.EncodedFormat != format)
        {
            Dispose();
            throw new UnreadableImageException(opened == SKCodecResult.IncompleteInput ? "truncated" : "not an image");
        }

        SetSize(_codec.Info.Width, _codec.Info.Height);
        WorkingBytes = (long)Width * Height * workingBytesPerPixel;
    }

    public override bool CanDecodeColumns => _hasColumns;

    // No colour space, so that Skia does not convert the pixel values; not premultiplied, so that transparent pixels keep their colours.
    private SKImageInfo Info => new(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);

    public static SkiaDecoder OpenJpeg(EncodedFile file)
    {
        var header = JpegHeader.Read(file.Bytes);
        ImageLimits.CheckScans(header);

        // libjpeg smooths the missing detail of progressive JPEGs across blocks, so columns depend on distant ones.
        return new SkiaDecoder(file, SKEncodedImageFormat.Jpeg)
        {
            _hasColumns = !header.IsProgressive,
            Orientation = header.Orientation,
            WorkingBytes = header.CoefficientBytes,
        };
    }

    public static SkiaDecoder OpenPng(EncodedFile file)
    {
        var chunks = PngChunks.Strip(file.Bytes);
        ImageLimits.CheckSize(chunks.Width, chunks.Height);
        ImageLimits.CheckLength(chunks.DecodedBytes, chunks.Length, MaxDeflateRatio);
        return new SkiaDecoder(file.First(chunks.Length), SKEncodedImageFormat.Png, chunks.IsInterlaced ? InterlacedPixelBytes : 0)
        {
            Orientation = chunks.Orientation,
        };
    }

    public static SkiaDecoder OpenWebP(EncodedFile file) =>
        new(file, SKEncodedImageFormat.Webp, WebPPixelBytes) { Orientation = WebPChunks.Orientation(file.Bytes) };

    public override void Decode(Span<byte> rgba)
    {
        fixed (byte* target = rgba)
        {
            if (Failure(_codec.GetPixels(Info, (nint)target)) is { } failure)
            {
                throw new UnreadableImageException(failure);
            }
        }
    }

    public override bool TryDecodeColumns(int first, int count, Span<byte> rgba)
    {
        var part = SKRectI.Create(first, 0, count, Height);
        fixed (byte* target = rgba)
        {
            return ScanlineDecoder.Start(_codec, Info, &part) == SKCodecResult.Success
                && _codec.GetScanlines((nint)target, Height, count * 4) == Height;
        }
    }

    public override void Dispose()
    {
        _codec?.Dispose();
        _stream.Dispose();
        _data.Dispose();
    }

    private static string? Failure(SKCodecResult decoded) => decoded switch
    {
        SKCodecResult.Success => null,
        SKCodecResult.IncompleteInput => "truncated",

        // Skia reports a progressive JPEG without its later scans as invalid.
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "damaged or truncated",
        _ => $"cannot be decoded ({decoded})",
    };
}
