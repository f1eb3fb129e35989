using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>What packing will take, from a sample of the source.</summary>
/// <param name="Images">Number of images to pack.</param>
/// <param name="Sampled">Number of images that were tried.</param>
/// <param name="ImagesPerSecond">Images per second on this machine.</param>
/// <param name="Bytes">Bytes to write to the disk; exact for pixels, but for what images that cannot be read leave out.</param>
/// <param name="Memory">Maximum memory in bytes.</param>
internal sealed record PackEstimate(int Images, int Sampled, double ImagesPerSecond, long Bytes, long Memory)
{
    private const int SampleSize = 64;

    // Not timed: the code that decodes the first images is not optimized yet.
    private const int WarmUpSize = 16;

    // A label and, until the dataset is complete, a hash in the record of a shard.
    private const int IndexBytes = 8 + (ImageHash.Bytes * 4 / 3) + 2;

    // The runtime, and what the decoders of all threads share.
    private const long RuntimeBytes = 80 << 20;
    private const long DecoderBytes = 796 << 20;

    private static readonly TimeSpan s_maxDuration = TimeSpan.FromSeconds(5);

    private bool IsOfPixels { get; init; }

    /// <summary>Sentences, each on a line.</summary>
    public IEnumerable<string> Lines()
    {
        var cores = Environment.ProcessorCount;
        var time = $"About {UserText.Duration(Images / ImagesPerSecond)}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{time} at {ImagesPerSecond:N0} images/s on {cores} {(cores == 1 ? "core" : "cores")} ({Sampled} images tried).");
        yield return $"{UserText.Bytes(Bytes)} on disk, at most {UserText.Bytes(Memory)} of memory.";
    }

    /// <summary>Decodes some images, spread over the source, or its first ones if it can only be read from front to back.</summary>
    /// <exception cref="UserErrorException">The source cannot be read.</exception>
    /// <param name="source">The source.</param>
    /// <param name="plan">What is packed.</param>
    /// <param name="shards">The shards that are not packed yet.</param>
    /// <param name="options">How it is packed.</param>
    /// <param name="cancellationToken">Ends decoding.</param>
    public static PackEstimate Measure(
        IImageSource source, PackPlan plan, IReadOnlyList<PlannedShard> shards, PackOptions options, CancellationToken cancellationToken)
    {
        var reader = new SampleReader(source, options);
        var started = Stopwatch.GetTimestamp();
        var images = reader.Read(Sample(source, plan, shards)).Select(read => read.Image).ToList();
        var reading = Stopwatch.GetElapsedTime(started).TotalSeconds / images.Count;
        using var decoder = new BatchDecoder(source.Info.Path, options);
        var warmUp = images.Count >= 2 * WarmUpSize ? WarmUpSize : 0;
        decoder.Decode(images[..warmUp], () => { }, cancellationToken);
        var (decoded, seconds) = Time(decoder, images[warmUp..], cancellationToken);
        return new PackEstimate(
            shards.Sum(shard => shard.Count),
            decoded,
            1 / Math.Max(reading, seconds / decoded),
            BytesOf(source, plan, shards, options, images),
            RuntimeBytes + DecoderBytes + Batch.MemoryFor(options))
        {
            IsOfPixels = options.Encoding == PackEncoding.Pixels,
        };
    }

    /// <summary>Fails if the dataset does not fit on its disk.</summary>
    /// <param name="folder">Folder of the dataset.</param>
    /// <param name="free">Free bytes of the disk; null if not known.</param>
    /// <exception cref="UserErrorException">It does not fit.</exception>
    public void CheckDisk(string folder, long? free)
    {
        if (Bytes > free)
        {
            throw new UserErrorException(
                $"{folder} needs {UserText.Bytes(Bytes)}, and {UserText.Bytes(free.Value)} are free on its disk. "
                + $"Free some, choose another folder, or pack fewer or smaller images{(IsOfPixels ? ", or the files as they are (--keep-jpeg)" : "")}.");
        }
    }

    private static IEnumerable<int> Sample(IImageSource source, PackPlan plan, IReadOnlyList<PlannedShard> shards)
    {
        int[] all = [.. shards.SelectMany(shard => plan.Positions(shard).ToArray())];
        Array.Sort(all);
        return SampleReader.Spread(source, all, SampleSize + WarmUpSize);
    }

    private static (int Decoded, double Seconds) Time(BatchDecoder decoder, IReadOnlyList<DueImage> images, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_maxDuration);
        var decoded = 0;
        var started = Stopwatch.GetTimestamp();
        try
        {
            decoder.Decode(images, () => Interlocked.Increment(ref decoded), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Large images: those that were decoded suffice.
        }

        return (Math.Max(1, decoded), Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    // Shards, and the index of all images.
    private static long BytesOf(
        IImageSource source, PackPlan plan, IReadOnlyList<PlannedShard> shards, PackOptions options, IReadOnlyList<DueImage> sample)
    {
        var images = shards.Sum(shard => shard.Count);
        var bytes = (long)IndexBytes * plan.Count;
        foreach (var split in Enum.GetValues<Split>())
        {
            foreach (var position in plan.Positions(split))
            {
                bytes += source.Images.NameBytesAt(position) + 1;
            }
        }

        if (options.Encoding == PackEncoding.Encoded)
        {
            return bytes + (long)(sample.Average(image => image.Encoded.Length + sizeof(long)) * images);
        }

        return bytes + shards.Sum(shard =>
            NpyFile.MakeHeader(NpyFile.UInt8, shard.Count, options.Side, options.Side, 3).Length + ((long)shard.Count * options.Side * options.Side * 3));
    }
}
