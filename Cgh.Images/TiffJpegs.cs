namespace Cgh.Images;

/// <summary>
/// The strips or tiles of a TIFF that are JPEGs of YCbCr colours. Skia decodes them, as LibTiff.NET repeats chroma samples where libjpeg interpolates.
/// </summary>
internal sealed unsafe class TiffJpegs(EncodedFile file, TiffDirectory directory, TiffFormat format, int width, int height) : IDisposable
{
    // Marker of the start or end of a stream.
    private const int MarkerBytes = 2;
    private const int MaxPaddedPixels = 16 << 20;

    private readonly NativeBuffer _jpeg = new();
    private readonly NativeBuffer _pixels = new();

    public void Decode(Span<byte> rgba)
    {
        var (partWidth, partHeight) = format.IsTiled
            ? ((int)format.TileWidth, (int)format.TileHeight)
            : (width, (int)Math.Clamp(directory[TiffDirectory.RowsPerStrip, (uint)height], 1, height));
        var part = 0;
        for (var top = 0; top < height; top += partHeight)
        {
            for (var left = 0; left < width; left += partWidth, part++)
            {
                Decode(Join(part), rgba, left, top, Math.Min(partWidth, width - left), Math.Min(partHeight, height - top));
            }
        }
    }

    public void Dispose()
    {
        _jpeg.Dispose();
        _pixels.Dispose();
    }

    private void Decode(EncodedFile jpeg, Span<byte> rgba, int left, int top, int columns, int rows)
    {
        using var decoder = SkiaDecoder.OpenJpeg(jpeg);
        var start = ((top * width) + left) * TiffSamples.Channels;
        if (decoder.Width == width && decoder.Height == rows)
        {
            decoder.Decode(rgba.Slice(start, rows * width * TiffSamples.Channels));
            return;
        }

        // Tiles, and a last strip, may be padded.
        if (decoder.Width < columns || decoder.Height < rows || (long)decoder.Width * decoder.Height > MaxPaddedPixels)
        {
            throw new UnreadableImageException("damaged");
        }

        var bytes = decoder.Width * decoder.Height * TiffSamples.Channels;
        _pixels.Reserve(bytes);
        var pixels = _pixels.First(bytes);
        decoder.Decode(pixels);
        for (var row = 0; row < rows; row++)
        {
            pixels.Slice(row * decoder.Width * TiffSamples.Channels, columns * TiffSamples.Channels)
                .CopyTo(rgba[(start + (row * width * TiffSamples.Channels))..]);
        }
    }

    // The tables that all parts share, without their end, before a part without its start.
    private EncodedFile Join(int part)
    {
        var offset = (int)directory.All(format.IsTiled ? TiffDirectory.TileOffsets : TiffDirectory.StripOffsets)[part];
        var lengths = directory.All(format.IsTiled ? TiffDirectory.TileBytes : TiffDirectory.StripBytes);
        var data = file.Bytes.Slice(offset, part < lengths.Length ? (int)lengths[part] : file.Length - offset);
        var tables = directory.All(TiffDirectory.JpegTables);
        if (tables.Length < 2 * MarkerBytes || data.Length < MarkerBytes)
        {
            return new EncodedFile(file.Start + offset, data.Length);
        }

        var length = tables.Length - MarkerBytes + data.Length - MarkerBytes;
        _jpeg.Reserve(length);
        var joined = _jpeg.First(length);
        for (var i = 0; i < tables.Length - MarkerBytes; i++)
        {
            joined[i] = (byte)tables[i];
        }

        data[MarkerBytes..].CopyTo(joined[(tables.Length - MarkerBytes)..]);
        return _jpeg.FileOf(length);
    }
}
