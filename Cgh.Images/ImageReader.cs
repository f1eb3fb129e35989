namespace Cgh.Images;

/// <summary>
/// Reads, decodes, resizes and crops image files, with the pixels of Pillow's <c>convert("RGB")</c> and torchvision. Ignores colour profiles and
/// transparency. Reuses its buffers, so it is not thread-safe.
/// </summary>
/// <param name="shortSide">Length of the shorter side after the resize.</param>
/// <param name="side">Side of the crop.</param>
/// <param name="orient">Whether to turn images upright as their EXIF orientation says.</param>
/// <param name="largeImages">Whether to read images of up to 178 megapixels instead of 89, however small their file is.</param>
internal sealed class ImageReader(int shortSide, int side, bool orient = false, bool largeImages = false) : IDisposable
{
    private const int MaxFileBytes = 1 << 30;
    private const int PixelBytes = 4;

    // libjpeg-turbo crops at the boundaries of MCUs, at most 32 columns wide, and chroma upsampling reads neighbouring columns.
    private const int BlockColumns = 32;
    private const int SmoothingColumns = 8;

    // For streams of unknown length.
    private const int InitialBytes = 1 << 17;

    // What a reader may keep, and use without asking: an image of a million pixels and its file.
    private const int KeptPixelBytes = 4 << 20;
    private const int KeptFileBytes = 2 << 20;

    // The readers of a process together. The largest image that is allowed takes all of the pixels' budget. Two budgets, as a thread holds its file while
    // it waits for memory for the pixels.
    private static readonly MemoryBudget s_files = new(96 << 20);
    private static readonly MemoryBudget s_pixels = new(700 << 20);

    private readonly CentreCropResizer _resizer = new(side);
    private readonly NativeBuffer _file = new();
    private readonly NativeBuffer _pixels = new();

    // The pixels as stored, before they are turned upright.
    private readonly NativeBuffer _stored = new();

    /// <summary>Reads an image.</summary>
    /// <param name="open">Opens the encoded image; its format is recognized by content.</param>
    /// <param name="rgb">Receives side x side x 3 bytes.</param>
    /// <exception cref="IOException">It cannot be read, which says nothing about the image.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ImageResult Read(Func<Stream> open, Span<byte> rgb)
    {
        var oriented = false;
        try
        {
            using var stream = open();
            using var share = s_files.Take(Counted(Math.Min(MaxFileBytes, LengthOf(stream)), KeptFileBytes));
            try
            {
                var file = ReadAll(stream);

                // Decoding may wait for memory.
                stream.Dispose();
                Decode(file, rgb, ref oriented);
            }
            finally
            {
                // Before the share goes back.
                _file.Trim(KeptFileBytes);
            }

            return new ImageResult(Failure: null, oriented);
        }
        catch (UnreadableImageException error)
        {
            return new ImageResult(error.Message, oriented);
        }
    }

    /// <summary>The shorter side of an image in pixels; null if it cannot be decoded.</summary>
    /// <param name="open">Opens the encoded image.</param>
    /// <exception cref="IOException">It cannot be read, which says nothing about the image.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public int? ShorterSide(Func<Stream> open)
    {
        try
        {
            using var stream = open();
            using var decoder = ImageDecoder.Open(ReadAll(stream));
            return Math.Min(decoder.Width, decoder.Height);
        }
        catch (UnreadableImageException)
        {
            // Packing reports it.
            return null;
        }
    }

    /// <summary>Decodes a whole image to RGBA, so that tests can compare it with other decoders.</summary>
    internal string? Decode(Func<Stream> open, out ReadOnlySpan<byte> rgba, out int width, out int height)
    {
        rgba = default;
        width = height = 0;
        try
        {
            using var stream = open();
            using var decoder = ImageDecoder.Open(ReadAll(stream));
            var pixels = Decode(decoder, crop: null);
            rgba = pixels.Rgba;
            width = pixels.Columns;
            height = rgba.Length / PixelBytes / width;
            return null;
        }
        catch (UnreadableImageException error)
        {
            return error.Message;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _pixels.Dispose();
        _stored.Dispose();
    }

    private static long LengthOf(Stream stream) => stream.CanSeek ? stream.Length : InitialBytes;

    private static long Counted(long bytes, int kept) => bytes <= kept ? 0 : bytes;

    private EncodedFile ReadAll(Stream stream)
    {
        CheckLength(LengthOf(stream));

        // One byte more than the length, so that the end is seen without growing.
        _file.Reserve((int)LengthOf(stream) + 1);
        var read = 0;
        while (stream.Read(_file.First(_file.Capacity)[read..]) is > 0 and var count)
        {
            read += count;
            CheckLength(read);
            if (read == _file.Capacity)
            {
                _file.Grow((int)Math.Min(MaxFileBytes + 1, 2L * read));
            }
        }

        return read == 0 ? throw new UnreadableImageException("empty or not a regular file") : _file.FileOf(read);
    }

    private void Decode(EncodedFile file, Span<byte> rgb, ref bool oriented)
    {
        using var decoder = ImageDecoder.Open(file);
        oriented = decoder.Orientation != Orientations.Upright;
        if (!largeImages)
        {
            ImageLimits.CheckCost(decoder.Width, decoder.Height, decoder.Cost);
        }

        var needed = Needed(decoder);
        ImageLimits.CheckMemory(decoder.Width, decoder.Height, needed);
        using var share = s_pixels.Take(Counted(needed, KeptPixelBytes));
        try
        {
            var crop = CropOf(decoder);
            _resizer.Resize(Decode(decoder, crop), crop, rgb);
        }
        finally
        {
            // Before the share goes back. Few images are turned: the second buffer may be smaller.
            _pixels.Trim(KeptPixelBytes);
            _stored.Trim(KeptFileBytes);
        }
    }

    private static void CheckLength(long bytes)
    {
        if (bytes > MaxFileBytes)
        {
            throw new UnreadableImageException("larger than 1 GiB");
        }
    }

    private bool IsTurned(ImageDecoder decoder) => decoder.Orientation != Orientations.Upright && (orient || decoder.IsTurnedByPillow);

    private long Needed(ImageDecoder decoder) => ((long)decoder.Width * decoder.Height * PixelBytes * (IsTurned(decoder) ? 2 : 1)) + decoder.WorkingBytes;

    private ImageCrop CropOf(ImageDecoder decoder) => IsTurned(decoder) && Orientations.Transposes(decoder.Orientation)
        ? new ImageCrop(decoder.Height, decoder.Width, shortSide, side)
        : new ImageCrop(decoder.Width, decoder.Height, shortSide, side);

    // Only the columns of the crop, if there is one and the decoder can.
    private DecodedPixels Decode(ImageDecoder decoder, ImageCrop? crop)
    {
        var (width, height) = (decoder.Width, decoder.Height);
        var bytes = width * height * PixelBytes;
        if (IsTurned(decoder))
        {
            _stored.Reserve(bytes);
            _pixels.Reserve(bytes);
            decoder.Decode(_stored.First(bytes));
            Orientations.Apply(_stored.First(bytes), width, height, decoder.Orientation, _pixels.First(bytes));
            return new DecodedPixels(_pixels.First(bytes), 0, Orientations.Transposes(decoder.Orientation) ? height : width);
        }

        _pixels.Reserve(bytes);
        if (crop is not null && decoder.CanDecodeColumns && ColumnsOf(crop) is var (first, columns) && columns < width)
        {
            var part = _pixels.First(columns * height * PixelBytes);
            if (decoder.TryDecodeColumns(first, columns, part))
            {
                return new DecodedPixels(part, first, columns);
            }
        }

        var pixels = _pixels.First(bytes);
        decoder.Decode(pixels);
        return new DecodedPixels(pixels, 0, width);
    }

    private static (int First, int Count) ColumnsOf(ImageCrop crop)
    {
        var columns = crop.Columns;
        var first = Math.Max(0, columns.FirstInput - SmoothingColumns) / BlockColumns * BlockColumns;
        var end = Math.Min(crop.Horizontal.Length, columns.FirstInput + columns.InputCount + SmoothingColumns);
        return (first, end - first);
    }
}
