using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Packing;

/// <summary>Writes batches of images to their shards. Not thread-safe.</summary>
internal sealed class BatchWriter(PackFolder folder, ShardQueue queue, SkipLimit skipped)
{
    private readonly Dictionary<PlannedShard, ShardRecord> _finished = [];
    private Task _finishing = Task.CompletedTask;

    /// <summary>Records of the shards that were packed. To be read after <see cref="Flush"/>.</summary>
    public IReadOnlyDictionary<PlannedShard, ShardRecord> Finished => _finished;

    /// <exception cref="UserErrorException">The folder cannot be written, or too many images are skipped.</exception>
    public void Write(IReadOnlyList<ShardJob> jobs, IReadOnlyList<PackedImage> images)
    {
        try
        {
            foreach (var (job, image) in jobs.Zip(images))
            {
                job.Append(image);
                if (image.Failure is { } reason)
                {
                    skipped.Add(image.Name, reason);
                }

                if (job.IsFull)
                {
                    // Flushing a shard takes as long as the disk does. Meanwhile the next one is written, but not the one after it.
                    Flush();
                    _finishing = Task.Run(() => Finish(job), CancellationToken.None);
                }
            }

            skipped.Check();
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw folder.CannotWrite(error);
        }
    }

    /// <summary>Waits until the full shards are on the disk.</summary>
    public void Flush() => _finishing.GetAwaiter().GetResult();

    private void Finish(ShardJob job)
    {
        try
        {
            _finished.Add(job.Shard, job.Finish());
            queue.Release(job);
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw folder.CannotWrite(error);
        }
    }
}
