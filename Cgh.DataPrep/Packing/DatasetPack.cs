using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// An attempt at packing a dataset. Any number of processes may make one at the same time: each packs shards that no other has claimed, and the one that
/// finds all packed completes the dataset.
/// </summary>
internal sealed class DatasetPack : IDisposable
{
    // Another process packs the missing shards: the file system does not tell when it has.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    private readonly string _final;
    private readonly IImageSource _source;
    private readonly PackOptions _options;
    private readonly PackFolder _folder;
    private readonly IProgress<StageProgress>? _progress;
    private readonly Dictionary<PlannedShard, ShardRecord> _records = [];

    private DatasetPack(string final, IImageSource source, PackPlan plan, PackOptions options, PackFolder folder, IProgress<StageProgress>? progress)
    {
        _final = final;
        _source = source;
        _options = options;
        _folder = folder;
        _progress = progress;
        Plan = plan;
    }

    public PackPlan Plan { get; }

    /// <summary><see cref="PackSettings.Digest"/> of the dataset.</summary>
    public string Settings => _folder.Settings;

    /// <summary>Opens the folder of a dataset that does not exist yet, with what was packed of it already.</summary>
    /// <param name="source">The source. The caller disposes it.</param>
    /// <param name="plan">What is packed.</param>
    /// <param name="final">Folder of the dataset.</param>
    /// <param name="options">How it is packed.</param>
    /// <param name="progress">Receives progress and notices.</param>
    /// <param name="cancellationToken">Cancels waiting for another process.</param>
    /// <exception cref="UserErrorException">The dataset exists, or the folder is used otherwise.</exception>
    public static DatasetPack Open(
        IImageSource source, PackPlan plan, string final, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(final));
        var folder = PackFolder.Open(
            final, PackSettings.For(source, plan, options), notice => progress?.Report(StageProgress.Of(notice)), cancellationToken);
        return new DatasetPack(final, source, plan, options, folder, progress);
    }

    /// <summary>The shards that are not packed yet, by this or another process.</summary>
    public IReadOnlyList<PlannedShard> Missing()
    {
        foreach (var shard in Plan.Shards.Where(shard => !_records.ContainsKey(shard)))
        {
            if (ShardRecord.Read(_folder.Path, shard, _folder.Settings, out var damage) is { } record)
            {
                _records.Add(shard, record);
            }
            else if (damage is not null)
            {
                Notify(damage);
                File.Delete(shard.PathIn(_folder.Path, ".json"));
            }
        }

        return [.. Plan.Shards.Where(shard => !_records.ContainsKey(shard))];
    }

    /// <summary>Packs one shard.</summary>
    /// <returns>False if another process has claimed or packed it.</returns>
    /// <exception cref="UserErrorException">The source cannot be read, the folder cannot be written, or too many images are skipped.</exception>
    public bool Pack(PlannedShard shard, CancellationToken cancellationToken) => Pack([shard], cancellationToken) > 0;

    /// <summary>Packs all shards that no other process packs, and waits for the others. Takes over those of a process that ends.</summary>
    /// <inheritdoc cref="Pack(PlannedShard, CancellationToken)"/>
    public void PackAll(CancellationToken cancellationToken)
    {
        for (var isWaiting = false; !_folder.IsFinished && !_folder.IsComplete && Missing() is { Count: > 0 } missing;)
        {
            if (Pack(missing, cancellationToken) > 0)
            {
                isWaiting = false;
            }
            else
            {
                if (!isWaiting)
                {
                    Notify($"Waiting for another process, which packs {Shards(missing.Count)} of {_final}.");
                    isWaiting = true;
                }

                cancellationToken.WaitHandle.WaitOne(s_pollInterval);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Completes the dataset, all shards of which are packed. If another process does so first, that is the result.</summary>
    /// <exception cref="UserErrorException">Too many images were skipped, or the folder cannot be written.</exception>
    public DatasetManifest Complete(CancellationToken cancellationToken)
    {
        try
        {
            return _folder.Complete(
                () => Missing() is [var first, ..]
                    ? throw new UserErrorException($"{first.PathIn(_folder.Path)} is not packed. Rerun the command.")
                    : DatasetAssembly.Write(_source, Plan, _options, _folder.Path, Path.GetFileName(_final), _records),
                cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw _folder.CannotWrite(error);
        }
    }

    public void Dispose() => _folder.Dispose();

    private int Pack(IReadOnlyList<PlannedShard> shards, CancellationToken cancellationToken)
    {
        var skipped = new SkipLimit(_source.Info.Path, Plan.Count, _options.AllowSkipped);
        var done = 0;
        foreach (var (shard, record) in _records)
        {
            skipped.Add(record);
            done += shard.Count;
        }

        skipped.Check();
        _progress?.Report(Packing(done, Plan));
        using var packer = new ShardPacker(_source, Plan, _options, _folder);
        var packed = packer.Pack(shards, skipped, Report, cancellationToken, PassBy);
        foreach (var (shard, record) in packed)
        {
            _records.Add(shard, record);
        }

        return packed.Count;

        void Report() => _progress?.Report(Packing(Interlocked.Increment(ref done), Plan));

        // As good as packed: others pack at the same time. If one of them ends early, its images are counted again.
        void PassBy(PlannedShard shard) => Interlocked.Add(ref done, shard.Count);
    }

    private void Notify(string notice) => _progress?.Report(StageProgress.Of(notice));

    private static StageProgress Packing(int done, PackPlan plan) => new("packing", done, plan.Count);

    private static string Shards(int count) => count == 1 ? "one shard" : $"{count} shards";
}
