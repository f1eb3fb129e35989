using Cgh.Core;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Packs shards. Reads a batch of images, decodes the one before it on all cores and writes the one before that at the same time, also across the ends of
/// shards.
/// </summary>
internal sealed class ShardPacker(IImageSource source, PackPlan plan, PackOptions options, PackFolder folder) : IDisposable
{
    private readonly BatchDecoder _decoder = new(source.Info.Path, options);

    /// <summary>Packs the shards that no other process has claimed or packed.</summary>
    /// <param name="shards">The shards.</param>
    /// <param name="skipped">Told of skipped images.</param>
    /// <param name="report">Called for each image that was decoded or skipped, on several threads at a time.</param>
    /// <param name="cancellationToken">Ends packing; finished shards are kept.</param>
    /// <param name="passBy">Called for each shard that another process has claimed or packed.</param>
    /// <returns>The records of the shards that were packed.</returns>
    /// <exception cref="UserErrorException">The source cannot be read, the folder cannot be written, or too many images are skipped.</exception>
    public IReadOnlyDictionary<PlannedShard, ShardRecord> Pack(
        IEnumerable<PlannedShard> shards, SkipLimit skipped, Action report, CancellationToken cancellationToken, Action<PlannedShard>? passBy = null)
    {
        using var queue = new ShardQueue(folder, plan, options, shards) { PassBy = passBy };
        using var reader = new BatchReader(source, queue, options);
        var writer = new BatchWriter(folder, queue, skipped);
        var reading = Read();
        var writing = Task.CompletedTask;
        try
        {
            while (reading.GetAwaiter().GetResult() is { Images.Count: > 0 } batch)
            {
                reading = Read();
                var decoded = _decoder.Decode(batch.Images, report, cancellationToken);
                writing.GetAwaiter().GetResult();
                writing = Task.Run(() => Write(batch.Jobs, decoded), CancellationToken.None);
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

        Task<Batch> Read() => Task.Run(() => reader.Next(cancellationToken), CancellationToken.None);

        void Write(IReadOnlyList<ShardJob> jobs, PackedImage[] decoded)
        {
            writer.Write(jobs, decoded);
            _decoder.Recycle(decoded);
        }
    }

    public void Dispose() => _decoder.Dispose();
}
