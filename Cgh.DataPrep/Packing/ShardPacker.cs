using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Packs shards. Reads a batch of images, decodes the one before it on all cores and writes the one before that at the same time, also across the ends of
/// shards.
/// </summary>
internal sealed class ShardPacker(IImageSource source, PackPlan plan, PackOptions options, PackFolder folder) : IDisposable
{
    // Of pixels, and of encoded images that were read ahead. Bounds what is in memory for large images on many cores.
    private const long MaxBatchBytes = 64 << 20;

    private readonly BatchDecoder _decoder = new(source.Info.Path, options);

    /// <summary>Packs the shards that no other process has claimed or packed.</summary>
    /// <param name="shards">The shards.</param>
    /// <param name="skipped">Told of skipped images.</param>
    /// <param name="report">Called for each image that was decoded or skipped, on several threads at a time.</param>
    /// <param name="cancellationToken">Ends packing; finished shards are kept.</param>
    /// <returns>The records of the shards that were packed.</returns>
    /// <exception cref="UserErrorException">The source cannot be read, the folder cannot be written, or too many images are skipped.</exception>
    public IReadOnlyDictionary<PlannedShard, ShardRecord> Pack(
        IEnumerable<PlannedShard> shards, SkipLimit skipped, Action report, CancellationToken cancellationToken)
    {
        var batchSize = (int)Math.Clamp(MaxBatchBytes / (options.Side * options.Side * 3), Environment.ProcessorCount, 64 * Environment.ProcessorCount);
        var readsAhead = source.IsSequential || options.Encoding == PackEncoding.Encoded;
        using var queue = new ShardQueue(folder, plan, options, shards);
        using var reader = new BatchReader(source, queue, batchSize, MaxBatchBytes, readsAhead);
        var writer = new BatchWriter(folder, queue, skipped);
        var reading = Read();
        var writing = Task.CompletedTask;
        try
        {
            while (reading.GetAwaiter().GetResult() is { Count: > 0 } batch)
            {
                reading = Read();
                var decoded = _decoder.Decode(batch, report, cancellationToken);
                writing.GetAwaiter().GetResult();
                writing = Task.Run(() => Write(decoded), CancellationToken.None);
            }
        }
        finally
        {
            // Also after a failure: no task may use the source or a shard that has been disposed, and full shards are to be kept.
            Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
            writer.Flush();
        }

        writing.GetAwaiter().GetResult();
        return writer.Finished;

        Task<List<DueImage>> Read() => Task.Run(() => reader.Next(cancellationToken), CancellationToken.None);

        void Write(PackedImage[] batch)
        {
            writer.Write(batch);
            _decoder.Recycle(batch);
        }
    }

    public void Dispose() => _decoder.Dispose();
}
