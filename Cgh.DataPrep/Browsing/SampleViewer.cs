using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Images;
using SkiaSharp;

namespace Cgh.DataPrep.Browsing;

/// <summary>Reads an image as the packer does, for a page.</summary>
internal sealed class SampleViewer(PackOptions options) : IDisposable
{
    // Larger files are packed, but not held in memory for a thumbnail.
    private const int MaxBytes = 64 << 20;

    private readonly ImageReader _reader = new(options.ShortSide, options.Side, options.Orient, options.LargeImages);
    private readonly byte[] _pixels = new byte[options.Side * options.Side * 3];

    /// <param name="sample">The image.</param>
    /// <param name="className">Name of its class.</param>
    public SampleImage Read(ImageSample sample, string className)
    {
        var file = sample.Image.Listed;
        byte[] encoded;
        try
        {
            encoded = ReadAll(sample);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var reason = error is UnreadableImageException ? error.Message : $"cannot be read: {UserText.FirstLine(error).TrimEnd('.')}";
            return new SampleImage(file, className, MediaType: null, [], reason);
        }

        if (_reader.Read(() => new MemoryStream(encoded, writable: false), _pixels).Failure is { } failure)
        {
            return new SampleImage(file, className, MediaType: null, [], failure);
        }

        var (type, content) = Thumbnail.Of(_pixels, options.Side);
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data);
        return new SampleImage(file, className, type, content, Failure: null) { Width = codec?.Info.Width ?? 0, Height = codec?.Info.Height ?? 0 };
    }

    public void Dispose() => _reader.Dispose();

    private static byte[] ReadAll(ImageSample sample)
    {
        using var stream = sample.Open();
        var copy = new MemoryStream();
        var part = new byte[1 << 16];
        while (stream.Read(part) is > 0 and var count)
        {
            if (copy.Length + count > MaxBytes)
            {
                throw new UnreadableImageException("too large to be shown here");
            }

            copy.Write(part, 0, count);
        }

        return copy.ToArray();
    }
}
