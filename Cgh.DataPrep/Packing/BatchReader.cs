using Cgh.Core;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.DataPrep.Packing;

/// <summary>An image that is due to be decoded.</summary>
/// <param name="Image">Its name and label.</param>
/// <param name="Job">Its shard.</param>
/// <param name="Open">Opens the encoded image.</param>
/// <param name="Encoded">The encoded image, if it was read ahead.</param>
/// <param name="Failure">Why it cannot be read; null if that is not known yet.</param>
internal sealed record DueImage(SourceImage Image, ShardJob Job, Func<Stream> Open, ReadOnlyMemory<byte> Encoded, string? Failure);

/// <summary>Reads the images of a source in batches. Not thread-safe.</summary>
/// <param name="source">The source.</param>
/// <param name="queue">The shards to pack.</param>
/// <param name="batchSize">Maximum number of images in a batch.</param>
/// <param name="batchBytes">A batch ends when the images that were read ahead have so many bytes.</param>
/// <param name="readsAhead">Whether to read the images into memory instead of letting the decoder open them.</param>
internal sealed class BatchReader(IImageSource source, ShardQueue queue, int batchSize, long batchBytes, bool readsAhead) : IDisposable
{
    // More than any photo has.
    private const int MaxEncodedBytes = 1 << 28;

    private readonly IEnumerator<ImageSample> _samples = source.Samples(queue.Positions()).GetEnumerator();
    private readonly byte[] _part = new byte[1 << 16];
    private int _begun;

    /// <summary>Returns the next batch; an empty one at the end. It ends with a shard unless another one has been begun.</summary>
    /// <exception cref="UserErrorException">The source cannot be read.</exception>
    public List<DueImage> Next(CancellationToken cancellationToken)
    {
        var batch = new List<DueImage>();
        for (var bytes = 0L; batch.Count < batchSize && bytes < batchBytes && MoveNext();)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sample = _samples.Current;
            var job = queue.JobOf(sample.Position);
            var image = new DueImage(sample.Image, job, sample.Open, Encoded: default, Failure: null);
            batch.Add(readsAhead ? Read(image) : image);
            bytes += batch[^1].Encoded.Length;
            _begun += job.CountRead() switch { 1 when job.Shard.Count > 1 => 1, var read when read == job.Shard.Count && read > 1 => -1, _ => 0 };
            if (_begun == 0)
            {
                break;
            }
        }

        return batch;
    }

    public void Dispose() => _samples.Dispose();

    /// <summary>Returns the error for a source that cannot be read, which is no fault of an image.</summary>
    public static UserErrorException CannotRead(string path, Exception error) =>
        new($"Cannot read {path}: {UserText.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);

    private bool MoveNext()
    {
        try
        {
            return _samples.MoveNext();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(source.Info.Path, error);
        }
    }

    private DueImage Read(DueImage image)
    {
        try
        {
            using var stream = image.Open();
            var encoded = new MemoryStream(stream.CanSeek ? (int)Math.Min(stream.Length, MaxEncodedBytes) : 0);
            while (stream.Read(_part) is > 0 and var count)
            {
                if (encoded.Length + count > MaxEncodedBytes)
                {
                    return image with { Failure = $"the file is larger than {MaxEncodedBytes >> 20} MiB" };
                }

                encoded.Write(_part, 0, count);
            }

            return image with
            {
                Open = () => new MemoryStream(encoded.GetBuffer(), 0, (int)encoded.Length, writable: false),
                Encoded = new ReadOnlyMemory<byte>(encoded.GetBuffer(), 0, (int)encoded.Length),
            };
        }
        catch (UnreadableImageException error)
        {
            return image with { Failure = error.Message };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(Path.Combine(source.Info.Path, image.Image.Name), error);
        }
    }
}
