using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.DataPrep.Packing;

/// <summary>An image that is due to be decoded.</summary>
/// <param name="Image">Its name and label.</param>
/// <param name="Open">Opens the encoded image.</param>
/// <param name="Encoded">The encoded image, if it was read ahead.</param>
/// <param name="Failure">Why it cannot be read; null if that is not known yet.</param>
internal sealed record DueImage(SourceImage Image, Func<Stream> Open, ReadOnlyMemory<byte> Encoded, string? Failure);

/// <summary>
/// Reads images into memory where they cannot be opened later, or where the file itself is packed. Elsewhere the decoder opens them. Not thread-safe.
/// </summary>
internal sealed class SampleReader(IImageSource source, PackOptions options)
{
    // More than any photo has.
    private const int MaxEncodedBytes = 1 << 28;

    private readonly bool _readsAhead = source.IsSequential || options.Encoding == PackEncoding.Encoded;
    private readonly byte[] _part = new byte[1 << 16];

    /// <summary>Chooses some images, spread over the source, or its first ones if it can only be read from front to back.</summary>
    /// <param name="source">The source.</param>
    /// <param name="positions">Ascending positions in the source.</param>
    /// <param name="most">Largest number of images to choose.</param>
    public static IEnumerable<int> Spread(IImageSource source, int[] positions, int most)
    {
        var count = Math.Min(positions.Length, most);
        return Enumerable.Range(0, count).Select(i => positions[source.IsSequential ? i : (int)((long)i * positions.Length / count)]);
    }

    /// <summary>Reads images in the order given.</summary>
    /// <param name="positions">Ascending positions in the source.</param>
    /// <exception cref="UserErrorException">The source cannot be read.</exception>
    public IEnumerable<(int Position, DueImage Image)> Read(IEnumerable<int> positions)
    {
        using var samples = source.Samples(positions).GetEnumerator();
        while (MoveNext(samples))
        {
            yield return (samples.Current.Position, Read(samples.Current));
        }
    }

    /// <summary>Returns the error for a source that cannot be read, which is no fault of an image.</summary>
    public static UserErrorException CannotRead(string path, Exception error) =>
        new($"Cannot read {path}: {UserText.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);

    private bool MoveNext(IEnumerator<ImageSample> samples)
    {
        try
        {
            return samples.MoveNext();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(source.Info.Path, error);
        }
    }

    private DueImage Read(ImageSample sample)
    {
        var due = new DueImage(sample.Image, sample.Open, Encoded: default, Failure: null);
        if (!_readsAhead)
        {
            return due;
        }

        try
        {
            using var stream = sample.Open();
            var encoded = new MemoryStream(stream.CanSeek ? (int)Math.Min(stream.Length, MaxEncodedBytes) : 0);
            while (stream.Read(_part) is > 0 and var count)
            {
                if (encoded.Length + count > MaxEncodedBytes)
                {
                    return due with { Failure = $"larger than {MaxEncodedBytes >> 20} MiB" };
                }

                encoded.Write(_part, 0, count);
            }

            return due with
            {
                Open = () => new MemoryStream(encoded.GetBuffer(), 0, (int)encoded.Length, writable: false),
                Encoded = new ReadOnlyMemory<byte>(encoded.GetBuffer(), 0, (int)encoded.Length),
            };
        }
        catch (UnreadableImageException error)
        {
            return due with { Failure = error.Message };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(Path.Combine(source.Info.Path, sample.Image.Name), error);
        }
    }
}
