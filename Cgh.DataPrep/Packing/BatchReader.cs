using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>Images that are decoded together, and the shard of each.</summary>
internal sealed record Batch(List<DueImage> Images, List<ShardJob> Jobs)
{
    // The pixels of batches that are decoded and written, and the encoded images of one that is read, another that is waiting and the one that is decoded:
    // less than 200 MB, however many cores there are.
    private const long MaxPixelBytes = 48 << 20;
    private const long MaxEncodedBytes = 24 << 20;

    // So that all cores have something to do even if images are large.
    private const long MaxPixelBytesForCores = 192 << 20;

    /// <summary>Maximum number of images.</summary>
    public static int SizeFor(PackOptions options)
    {
        var imageBytes = options.Side * options.Side * 3L;
        var forCores = Math.Clamp(MaxPixelBytesForCores / imageBytes, 1, Environment.ProcessorCount);
        return (int)Math.Clamp(MaxPixelBytes / imageBytes, forCores, 64 * Environment.ProcessorCount);
    }

    /// <summary>Maximum memory of all batches that are in memory at a time, in bytes.</summary>
    public static long MemoryFor(PackOptions options) => (2L * SizeFor(options) * options.Side * options.Side * 3) + (3 * MaxEncodedBytes);

    /// <summary>Whether so many bytes that were read ahead are enough for a batch.</summary>
    public static bool IsFull(long encodedBytes) => encodedBytes >= MaxEncodedBytes;
}

/// <summary>Reads the images of a source in batches. Not thread-safe.</summary>
internal sealed class BatchReader(IImageSource source, ShardQueue queue, PackOptions options) : IDisposable
{
    private readonly IEnumerator<(int Position, DueImage Image)> _images = new SampleReader(source, options).Read(queue.Positions()).GetEnumerator();
    private readonly int _size = Batch.SizeFor(options);
    private int _begun;

    /// <summary>Returns the next batch; an empty one at the end. It ends with a shard unless another one has been begun.</summary>
    /// <exception cref="Core.UserErrorException">The source cannot be read.</exception>
    public Batch Next(CancellationToken cancellationToken)
    {
        var batch = new Batch([], []);
        for (var bytes = 0L; batch.Images.Count < _size && !Batch.IsFull(bytes) && _images.MoveNext();)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (position, image) = _images.Current;
            var job = queue.JobOf(position);
            batch.Jobs.Add(job);
            batch.Images.Add(image);
            bytes += image.Encoded.Length;
            if (job.CountRead() is var read && read == 1)
            {
                _begun++;
            }

            if (read == job.Shard.Count && --_begun == 0)
            {
                break;
            }
        }

        return batch;
    }

    public void Dispose() => _images.Dispose();
}
