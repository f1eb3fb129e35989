using Cgh.Core;
using SkiaSharp;

namespace Cgh.Images;

/// <summary>
/// Reads, decodes, resizes and crops image files. Ignores colour profiles, transparency and EXIF orientation, like torchvision's
/// ImageFolder. Reuses its buffers, so it is not thread-safe.
/// </summary>
internal sealed unsafe class ImageReader(int shortSide, int side)
{
    // Pillow's limit for decompression bombs: a small file can claim any size.
    private const long MaxPixels = 178_956_970;

    // libjpeg-turbo crops at the boundaries of MCUs, at most 32 columns wide, and chroma upsampling reads neighbouring columns.
    private const int BlockColumns = 32;
    private const int SmoothingColumns = 8;

    // For streams of unknown length.
    private const int InitialBytes = 1 << 17;

    private readonly CentreCropResizer _resizer = new(side);
    private byte[] _file = [];
    private byte[] _pixels = [];

    /// <summary>Reads an image.</summary>
    /// <param name="open">Opens the encoded image, in any format that Skia decodes, regardless of its extension.</param>
    /// <param name="rgb">Receives side x side x 3 bytes.</param>
    /// <returns>Null on success, else the reason for the failure, in one line.</returns>
    public string? Read(Func<Stream> open, Span<byte> rgb)
    {
        int length;
        try
        {
            length = ReadAll(open);
        }
        catch (UnreadableImageException error)
        {
            return error.Message;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {UserText.FirstLine(error).TrimEnd('.')}";
        }

        if (length == 0)
        {
            return "empty or not a regular file";
        }

        var failure = Decode(length, wholeRows: false, out var crop, out var pixels);
        if (failure is null)
        {
            _resizer.Resize(pixels, crop!, rgb);
        }

        return failure;
    }

    /// <summary>Decodes a whole image to RGBA, so that tests can compare it with other decoders.</summary>
    internal string? Decode(Func<Stream> open, out ReadOnlySpan<byte> rgba, out int width, out int height)
    {
        var failure = Decode(ReadAll(open), wholeRows: true, out _, out var pixels);
        rgba = pixels.Rgba;
        width = pixels.Columns;
        height = width == 0 ? 0 : rgba.Length / 4 / width;
        return failure;
    }

    private int ReadAll(Func<Stream> open)
    {
        using var stream = open();

        // One byte more than the length, so that the end is seen without growing.
        Grow(ref _file, (stream.CanSeek ? stream.Length : InitialBytes) + 1);
        var read = 0;
        while (stream.Read(_file, read, _file.Length - read) is > 0 and var count)
        {
            read += count;
            if (read == _file.Length)
            {
                if (read == Array.MaxLength)
                {
                    throw new IOException("the file is larger than 2 GiB.");
                }

                Array.Resize(ref _file, (int)Math.Min(Array.MaxLength, 2L * read));
            }
        }

        return read;
    }

    private string? Decode(int length, bool wholeRows, out ImageCrop? crop, out DecodedPixels pixels)
    {
        crop = null;
        pixels = default;
        fixed (byte* file = _file)
        {
            using var data = SKData.Create((nint)file, length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened);
            if (codec is null)
            {
                return opened == SKCodecResult.IncompleteInput ? "truncated" : "not an image";
            }

            var (width, height) = (codec.Info.Width, codec.Info.Height);
            if ((long)width * height > MaxPixels)
            {
                return $"{width} x {height} pixels exceed the limit of {MaxPixels}";
            }

            // No colour space, so that Skia does not convert the pixel values.
            var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            crop = new ImageCrop(width, height, shortSide, side);
            var (first, columns) = !wholeRows && CanDecodeColumns(codec, _file.AsSpan(0, length)) ? ColumnsOf(crop) : (0, width);
            Grow(ref _pixels, (long)width * height * 4);
            fixed (byte* target = _pixels)
            {
                // If decoding some columns fails, decode the whole image: its result tells what is wrong with the file.
                if (columns == width || !DecodeColumns(codec, info, first, columns, (nint)target))
                {
                    (first, columns) = (0, width);
                    if (Failure(codec.GetPixels(info, (nint)target)) is { } failure)
                    {
                        return failure;
                    }
                }
            }

            pixels = new DecodedPixels(_pixels.AsSpan(0, columns * height * 4), first, columns);
            return null;
        }
    }

    // Not progressive JPEGs (markers FF C2 and FF CA): libjpeg smooths their missing detail across blocks, so columns depend on distant ones.
    // Entropy-coded data cannot contain these bytes. A match in metadata only costs the time of decoding the whole image.
    private static bool CanDecodeColumns(SKCodec codec, ReadOnlySpan<byte> file) => codec.EncodedFormat == SKEncodedImageFormat.Jpeg
        && file.IndexOf((ReadOnlySpan<byte>)[0xff, 0xc2]) < 0
        && file.IndexOf((ReadOnlySpan<byte>)[0xff, 0xca]) < 0;

    private static (int First, int Count) ColumnsOf(ImageCrop crop)
    {
        var columns = crop.Columns;
        var first = Math.Max(0, columns.FirstInput - SmoothingColumns) / BlockColumns * BlockColumns;
        var end = Math.Min(crop.Horizontal.Length, columns.FirstInput + columns.InputCount + SmoothingColumns);
        return (first, end - first);
    }

    private static bool DecodeColumns(SKCodec codec, SKImageInfo info, int first, int columns, nint target)
    {
        var part = SKRectI.Create(first, 0, columns, info.Height);
        return ScanlineDecoder.Start(codec, info, &part) == SKCodecResult.Success
            && codec.GetScanlines(target, info.Height, columns * 4) == info.Height;
    }

    private static string? Failure(SKCodecResult decoded) => decoded switch
    {
        SKCodecResult.Success => null,
        SKCodecResult.IncompleteInput => "truncated",

        // Skia reports a progressive JPEG without its later scans as invalid.
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => "damaged or truncated",
        _ => $"cannot be decoded ({decoded})",
    };

    private static void Grow(ref byte[] buffer, long length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, length + (length / 4)));
        }
    }
}
