namespace Cgh.Images;

/// <summary>An encoded image whose header has been read.</summary>
internal abstract class ImageDecoder : IDisposable
{
    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>EXIF orientation, 1 to 8.</summary>
    public int Orientation { get; protected init; } = Orientations.Upright;

    /// <summary>Whether the orientation belongs to the image itself: Pillow turns TIFF images upright when it loads them.</summary>
    public virtual bool IsTurnedByPillow => false;

    /// <summary>Memory that decoding takes besides the pixels, in bytes.</summary>
    public long WorkingBytes { get; protected init; }

    /// <summary>Time that decoding takes, in pixels of a JPEG.</summary>
    public virtual long Cost => (long)Width * Height;

    /// <summary>Whether <see cref="TryDecodeColumns"/> can succeed.</summary>
    public virtual bool CanDecodeColumns => false;

    /// <summary>Opens an image by its first bytes, whatever its name is.</summary>
    /// <exception cref="UnreadableImageException">It is no image, or of a kind that is not supported.</exception>
    public static ImageDecoder Open(EncodedFile file) => file.Bytes switch
    {
        [0xff, 0xd8, 0xff, ..] => SkiaDecoder.OpenJpeg(file),
        [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, ..] => SkiaDecoder.OpenPng(file),
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => SkiaDecoder.OpenWebP(file),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => new GifDecoder(file),
        [(byte)'B', (byte)'M', ..] => new BmpDecoder(file),
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => TiffDecoder.OpenTiff(file),
        _ => throw new UnreadableImageException("not an image"),
    };

    /// <summary>Decodes the first frame.</summary>
    /// <param name="rgba">Receives width x height x 4 bytes; the fourth of each pixel is ignored.</param>
    /// <exception cref="UnreadableImageException">The image is damaged.</exception>
    public abstract void Decode(Span<byte> rgba);

    /// <summary>Decodes a range of columns, with all rows. If that fails, <see cref="Decode"/> tells what is wrong.</summary>
    public virtual bool TryDecodeColumns(int first, int count, Span<byte> rgba) => false;

    public virtual void Dispose()
    {
    }

    /// <exception cref="UnreadableImageException">The image is too large, or has no pixels.</exception>
    protected void SetSize(long width, long height)
    {
        ImageLimits.CheckSize(width, height);
        (Width, Height) = ((int)width, (int)height);
    }
}
