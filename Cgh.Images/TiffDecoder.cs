using BitMiracle.LibTiff.Classic;

namespace Cgh.Images;

/// <summary>The first image of a TIFF file, decoded by LibTiff.NET.</summary>
internal sealed unsafe class TiffDecoder : ImageDecoder
{
    private readonly EncodedFile _file;
    private readonly TiffDirectory _directory;
    private readonly TiffFormat _format;
    private readonly Palette _palette = new();

    static TiffDecoder() => Tiff.SetErrorHandler(new SilentHandler());

    private TiffDecoder(EncodedFile file, TiffDirectory directory, TiffFormat format)
    {
        _file = file;
        _directory = directory;
        _format = format;
        SetSize(format.Width, format.Height);
        Orientation = (int)directory[TiffDirectory.Orientation, Orientations.Upright] is >= 1 and <= 8 and var orientation ? orientation : Orientations.Upright;

        // The library keeps the compressed strip, and all pixels of an image that it converts from YCbCr.
        WorkingBytes = file.Length + (IsConvertedByLibrary ? (long)Width * Height * TiffSamples.Channels : 0);
        var colours = directory.All(TiffDirectory.ColourMap);
        for (var i = 0; i < colours.Length / 3; i++)
        {
            var third = colours.Length / 3;
            _palette.Set(i, (byte)(colours[i] >> 8), (byte)(colours[third + i] >> 8), (byte)(colours[(2 * third) + i] >> 8));
        }
    }

    public override bool IsTurnedByPillow => true;

    // The library decodes about two bytes in the time of a JPEG's pixel.
    public override long Cost => Math.Max(base.Cost, base.Cost * _format.Samples * _format.Bits / 8 / 2);

    private bool IsConvertedByLibrary => _format.Colours == TiffColours.Ycbcr && _format.Compression != TiffFormat.Jpeg;

    public static TiffDecoder OpenTiff(EncodedFile file)
    {
        var directory = new TiffDirectory(file);
        var format = new TiffFormat(directory, file.Length);
        if (format.Compression == TiffFormat.Jpeg)
        {
            CheckJpegs(file.Bytes, directory, format);
        }

        return new TiffDecoder(file, directory, format);
    }

    public override void Decode(Span<byte> rgba)
    {
        if (_format is { Colours: TiffColours.Ycbcr, Compression: TiffFormat.Jpeg })
        {
            using var jpegs = new TiffJpegs(_file, _directory, _format, Width, Height);
            jpegs.Decode(rgba);
            return;
        }

        try
        {
            using var stream = new UnmanagedMemoryStream(_file.Start, _file.Length);
            using var tiff = Tiff.ClientOpen("image", "r", stream, new TiffStream()) ?? throw new UnreadableImageException("damaged");
            if (IsConvertedByLibrary)
            {
                DecodeByLibrary(tiff, rgba);
                return;
            }

            for (var plane = 0; plane < (_format.IsPlanar ? _format.Samples : 1); plane++)
            {
                if (_format.IsTiled)
                {
                    DecodeTiles(tiff, plane, rgba);
                }
                else
                {
                    DecodeRows(tiff, plane, rgba);
                }
            }

            TiffSamples.ToRgb(rgba, _format, _palette);
        }
        catch (Exception error) when (error is not (UnreadableImageException or OutOfMemoryException))
        {
            // On damaged data, the library throws whatever happens to go wrong in its code.
            throw new UnreadableImageException("damaged");
        }
    }

    private static void CheckJpegs(ReadOnlySpan<byte> file, TiffDirectory directory, TiffFormat format)
    {
        var offsets = directory.All(format.IsTiled ? TiffDirectory.TileOffsets : TiffDirectory.StripOffsets);
        foreach (var offset in offsets)
        {
            if (offset < file.Length)
            {
                ImageLimits.CheckScans(JpegHeader.Read(file[(int)offset..]));
            }
        }
    }

    private static void DecodeByLibrary(Tiff tiff, Span<byte> rgba)
    {
        var raster = new int[rgba.Length / TiffSamples.Channels];
        var width = tiff.GetField(TiffTag.IMAGEWIDTH)[0].ToInt();
        if (!tiff.ReadRGBAImageOriented(width, raster.Length / width, raster, BitMiracle.LibTiff.Classic.Orientation.TOPLEFT, stopOnError: true))
        {
            throw new UnreadableImageException("damaged");
        }

        System.Runtime.InteropServices.MemoryMarshal.AsBytes(raster).CopyTo(rgba);
    }

    private void DecodeRows(Tiff tiff, int plane, Span<byte> rgba)
    {
        var row = new byte[tiff.ScanlineSize()];
        for (var y = 0; y < Height; y++)
        {
            if (!tiff.ReadScanline(row, y, (short)plane))
            {
                throw new UnreadableImageException("damaged or truncated");
            }

            Unpack(row, plane, rgba.Slice(y * Width * TiffSamples.Channels, Width * TiffSamples.Channels));
        }
    }

    private void DecodeTiles(Tiff tiff, int plane, Span<byte> rgba)
    {
        var tile = new byte[tiff.TileSize()];
        var rowBytes = tiff.TileRowSize();
        var (width, height) = ((int)_format.TileWidth, (int)_format.TileHeight);
        for (var top = 0; top < Height; top += height)
        {
            for (var left = 0; left < Width; left += width)
            {
                if (tiff.ReadEncodedTile(tiff.ComputeTile(left, top, 0, (short)plane), tile, 0, tile.Length) < 0)
                {
                    throw new UnreadableImageException("damaged or truncated");
                }

                var columns = Math.Min(width, Width - left);
                for (var row = 0; row < Math.Min(height, Height - top); row++)
                {
                    var target = rgba.Slice((((top + row) * Width) + left) * TiffSamples.Channels, columns * TiffSamples.Channels);
                    Unpack(tile.AsSpan(row * rowBytes, rowBytes), plane, target);
                }
            }
        }
    }

    private void Unpack(ReadOnlySpan<byte> row, int plane, Span<byte> target)
    {
        if (plane < TiffSamples.Channels)
        {
            var isIndex = _format.Colours == TiffColours.Palette;
            TiffSamples.Unpack(row, _format.IsPlanar ? 1 : _format.Samples, _format.Bits, _format.SampleFormat, isIndex, target, plane);
        }
    }

    // By default, the library writes to the console.
    private sealed class SilentHandler : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
