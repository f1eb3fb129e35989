namespace Cgh.Images;

/// <summary>How a TIFF's colours are encoded.</summary>
internal enum TiffColours
{
    Grey,
    GreyInverted,
    Rgb,
    Palette,
    Cmyk,
    Ycbcr,
}

/// <summary>How the pixels of a TIFF are stored. Only what Pillow reads is accepted.</summary>
internal sealed class TiffFormat
{
    public const int Jpeg = 7;

    private const uint MaxTileBytes = 64 << 20;

    // Each has a cost of its own, of microseconds.
    private const int MaxParts = 100_000;

    // None, the fax codes, LZW, JPEG, Deflate (two numbers), PackBits.
    private static readonly HashSet<uint> s_compressions = [1, 2, 3, 4, 5, Jpeg, 8, 32773, 32946];

    public TiffFormat(TiffDirectory directory, long fileBytes)
    {
        Width = directory[TiffDirectory.Width, 0];
        Height = directory[TiffDirectory.Height, 0];
        Compression = directory[TiffDirectory.Compression, 1];
        Samples = (int)Math.Min(directory[TiffDirectory.Samples, 1], byte.MaxValue);
        Bits = (int)Math.Min(directory[TiffDirectory.Bits, 1], byte.MaxValue);
        SampleFormat = (int)Math.Min(directory[TiffDirectory.SampleFormat, 1], byte.MaxValue);
        IsPlanar = directory[TiffDirectory.Planar, 1] == 2 && Samples > 1;
        IsPremultiplied = directory[TiffDirectory.ExtraSamples, 0] == 1;
        IsTiled = directory.All(TiffDirectory.TileOffsets).Length > 0;
        TileWidth = directory[TiffDirectory.TileWidth, 0];
        TileHeight = directory[TiffDirectory.TileHeight, 0];
        var photometric = directory[TiffDirectory.Photometric, 0];
        Colours = photometric switch
        {
            0 => TiffColours.GreyInverted,
            1 => TiffColours.Grey,
            2 => TiffColours.Rgb,
            3 => TiffColours.Palette,
            5 => TiffColours.Cmyk,
            6 => TiffColours.Ycbcr,
            _ => throw new UnreadableImageException($"a TIFF of colour kind {photometric} is not supported"),
        };
        CheckKind(directory.All(TiffDirectory.Bits));
        ImageLimits.CheckSize(Width, Height);
        CheckParts(directory, fileBytes);
    }

    // For the fax codes and JPEG there is none that matters.
    private int MaxRatio => Compression switch
    {
        1 => 1,
        5 => 4096 * 8 / 12,
        8 or 32946 => 1032,
        32773 => 64,
        _ => int.MaxValue,
    };

    public uint Width { get; }

    public uint Height { get; }

    public uint Compression { get; }

    public TiffColours Colours { get; }

    public int Samples { get; }

    public int Bits { get; }

    /// <summary>1 for unsigned, 2 for signed numbers, 3 for floating-point ones.</summary>
    public int SampleFormat { get; }

    /// <summary>Whether each colour has an image of its own.</summary>
    public bool IsPlanar { get; }

    public bool IsPremultiplied { get; }

    public bool IsTiled { get; }

    public uint TileWidth { get; }

    public uint TileHeight { get; }

    private void CheckKind(ReadOnlySpan<uint> bits)
    {
        var isUnsigned = SampleFormat == 1;
        var isSupported = (Colours, Bits, Samples) switch
        {
            (TiffColours.Grey or TiffColours.GreyInverted, 1 or 2 or 4, 1) => isUnsigned,
            (TiffColours.Grey or TiffColours.GreyInverted, 8, 1 or 2) => isUnsigned,
            (TiffColours.Grey or TiffColours.GreyInverted, 16, 1) => SampleFormat is 1 or 2,
            (TiffColours.Grey or TiffColours.GreyInverted, 32, 1) => SampleFormat is 1 or 2 or 3,
            (TiffColours.Palette, 1 or 2 or 4, 1) or (TiffColours.Palette, 8, 1 or 2) => isUnsigned,
            (TiffColours.Rgb, 8 or 16, >= 3 and <= 6) => isUnsigned,
            (TiffColours.Cmyk, 8 or 16, >= 4 and <= 6) => isUnsigned,
            (TiffColours.Ycbcr, 8, 3) => isUnsigned && !IsPlanar,
            _ => false,
        };
        if (!isSupported || !s_compressions.Contains(Compression) || bits.ContainsAnyExcept((uint)Bits))
        {
            throw new UnreadableImageException(
                $"a TIFF of {Samples} x {Bits} bits ({Colours}, sample format {SampleFormat}, compression {Compression}) is not supported");
        }
    }

    // Whether the file has a place for every part of the image. The library takes as much memory for a part as the directory says that it has bytes.
    private void CheckParts(TiffDirectory directory, long fileBytes)
    {
        var planes = IsPlanar ? Samples : 1;
        long parts;
        if (IsTiled)
        {
            if (TileWidth == 0 || TileHeight == 0 || (long)TileWidth * TileHeight > MaxTileBytes * 8L / (Samples * Bits))
            {
                throw new UnreadableImageException($"a TIFF with tiles of {TileWidth} x {TileHeight} is not supported");
            }

            parts = (Width + TileWidth - 1L) / TileWidth * ((Height + TileHeight - 1L) / TileHeight) * planes;
        }
        else
        {
            var rows = Math.Max(1, Math.Min(directory[TiffDirectory.RowsPerStrip, Height], Height));
            parts = (Height + rows - 1L) / rows * planes;
        }

        if (parts > MaxParts)
        {
            throw new UnreadableImageException($"a TIFF of {parts} strips or tiles exceeds the limit of {MaxParts}");
        }

        var offsets = directory.All(IsTiled ? TiffDirectory.TileOffsets : TiffDirectory.StripOffsets);
        var lengths = directory.All(IsTiled ? TiffDirectory.TileBytes : TiffDirectory.StripBytes);
        for (var i = 0; i < Math.Max(lengths.Length, parts); i++)
        {
            if (i >= offsets.Length || offsets[i] > fileBytes || (i < lengths.Length && lengths[i] > fileBytes - offsets[i]))
            {
                throw new UnreadableImageException("truncated");
            }
        }

        ImageLimits.CheckLength((long)Width * Samples * Bits / 8 * Height, fileBytes, MaxRatio);
    }
}
