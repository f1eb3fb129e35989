using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Packs one split in the order of the listing. Decodes each batch of files on all cores while the previous batch is written.
/// </summary>
internal sealed class SplitPacker : IDisposable
{
    // Two batches are in memory at a time; this bounds them for large images on many cores.
    private const long MaxBatchBytes = 64 << 20;

    private readonly SourceListing _listing;
    private readonly Split _split;
    private readonly PackJournal _journal;
    private readonly SkipLimit _skipLimit;
    private readonly ShardWriter _writer;
    private readonly ThreadLocal<ImageReader> _readers;
    private readonly int _imageBytes;
    private readonly int _batchSize;
    private readonly List<ShardInfo> _shards = [];
    private readonly List<SkippedFile> _skipped = [];
    private int _journalledSkips;
    private int _next;

    public SplitPacker(SourceListing listing, Split split, PackOptions options, string folder, PackJournal journal, SkipLimit skipLimit)
    {
        _listing = listing;
        _split = split;
        _journal = journal;
        _skipLimit = skipLimit;
        _readers = new(() => new ImageReader(options.ShortSide, options.Side));
        _imageBytes = options.Side * options.Side * 3;
        _batchSize = (int)Math.Clamp(MaxBatchBytes / _imageBytes, Environment.ProcessorCount, 64 * Environment.ProcessorCount);
        foreach (var finished in journal.Finished.Where(shard => shard.Split == split))
        {
            _shards.Add(finished.Shard);
            _skipped.AddRange(finished.Skipped);
            _next = finished.NextFile;
        }

        _journalledSkips = _skipped.Count;
        skipLimit.Add(_skipped);
        _writer = new ShardWriter(Dataset.SplitFolder(folder, split), options.Side, options.ShardBytes, _shards.Count);
    }

    /// <summary>Packs the files that the journal does not have yet and returns the contents of the whole split.</summary>
    /// <param name="report">Receives the number of processed files of the split.</param>
    /// <param name="cancellationToken">Cancels packing; finished shards are kept.</param>
    public SplitInfo Pack(Action<int> report, CancellationToken cancellationToken)
    {
        var files = _listing[_split];
        report(_next);
        var writing = Task.CompletedTask;
        try
        {
            for (var first = _next; first < files.Count; first += _batchSize)
            {
                var batch = Decode(files, first, Math.Min(_batchSize, files.Count - first), report, cancellationToken);
                writing.GetAwaiter().GetResult();
                writing = Task.Run(() => Write(batch), CancellationToken.None);
            }
        }
        finally
        {
            // Also after a failure: the task must not write to a shard that has been disposed.
            writing.GetAwaiter().GetResult();
        }

        RecordShard(_writer.Finish());
        return new SplitInfo(_shards.Sum(shard => shard.Images), _shards, _skipped);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _readers.Dispose();
    }

    private Decoded[] Decode(IReadOnlyList<SourceFile> files, int first, int count, Action<int> report, CancellationToken cancellationToken)
    {
        var batch = new Decoded[count];
        var done = 0;
        Parallelism.For(count, cancellationToken, i =>
        {
            var file = files[first + i];
            var pixels = GC.AllocateUninitializedArray<byte>(_imageBytes);
            var failure = file.Path.Contains('\n', StringComparison.Ordinal)
                ? "its name contains a line break"
                : _readers.Value!.Read(Path.Combine(_listing.Root, file.Path), pixels);
            batch[i] = new Decoded(file, pixels, failure);
            report(first + Interlocked.Increment(ref done));
        });
        return batch;
    }

    private void Write(Decoded[] batch)
    {
        var before = _skipped.Count;
        foreach (var (file, pixels, failure) in batch)
        {
            _next++;
            if (failure is null)
            {
                RecordShard(_writer.Append(pixels));
            }
            else
            {
                _skipped.Add(new SkippedFile(file.Listed, failure));
            }
        }

        _skipLimit.Add(_skipped[before..]);
    }

    private void RecordShard(ShardInfo? shard)
    {
        if (shard is not null)
        {
            _journal.Add(new PackedShard(_split, shard, _next, _skipped[_journalledSkips..]));
            _journalledSkips = _skipped.Count;
            _shards.Add(shard);
        }
    }

    private readonly record struct Decoded(SourceFile File, byte[] Pixels, string? Failure);
}
