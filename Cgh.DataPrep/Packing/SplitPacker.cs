using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.DataPrep.Packing;

/// <summary>
/// Packs one split in the order of the source. Decodes each batch of files on all cores while the previous batch is written.
/// </summary>
internal sealed class SplitPacker : IDisposable
{
    // Two batches are in memory at a time; this bounds them for large images on many cores.
    private const long MaxBatchBytes = 64 << 20;

    private readonly IImageSource _source;
    private readonly Split _split;
    private readonly PackJournal _journal;
    private readonly SkipLimit _skipLimit;
    private readonly ShardWriter _writer;
    private readonly ThreadLocal<ImageReader> _readers;
    private readonly int _imageBytes;
    private readonly int _batchSize;
    private readonly List<ShardInfo> _shards = [];
    private readonly List<SkippedFile> _skipped = [];
    private readonly List<SourceImage> _packed = [];
    private int _journalledSkips;
    private int _next;

    public SplitPacker(IImageSource source, Split split, PackOptions options, string folder, PackJournal journal, SkipLimit skipLimit)
    {
        _source = source;
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

    /// <summary>Name and label of each packed image, in the order of the images.</summary>
    public IReadOnlyList<SourceImage> Packed => _packed;

    /// <summary>Packs the images that the journal does not have yet and returns the contents of the whole split.</summary>
    /// <param name="report">Receives the number of processed images of the split.</param>
    /// <param name="cancellationToken">Cancels packing; finished shards are kept.</param>
    public SplitInfo Pack(Action<int> report, CancellationToken cancellationToken)
    {
        RestoreFinished();
        using var samples = _source.Samples(_source.Images.PositionsOf(_split).Skip(_next)).GetEnumerator();
        report(_next);
        var writing = Task.CompletedTask;
        try
        {
            var first = _next;
            while (NextBatch(samples, cancellationToken) is { Count: > 0 } batch)
            {
                var decoded = Decode(batch, first, report, cancellationToken);
                writing.GetAwaiter().GetResult();
                writing = Task.Run(() => Write(decoded), CancellationToken.None);
                first += batch.Count;
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

    // What the finished shards hold, for the index.
    private void RestoreFinished()
    {
        var skipped = _skipped.Select(file => file.File).ToHashSet(StringComparer.Ordinal);
        var images = _source.Images.PositionsOf(_split).Take(_next).Select(position => _source.Images[position]);
        _packed.AddRange(images.Where(image => !skipped.Contains(image.Listed)));
    }

    private List<ImageSample> NextBatch(IEnumerator<ImageSample> samples, CancellationToken cancellationToken)
    {
        var batch = new List<ImageSample>(_batchSize);
        for (var bytes = 0L; batch.Count < _batchSize && bytes < MaxBatchBytes && MoveNext(samples);)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Add(_source.IsSequential ? Buffered(samples.Current, ref bytes) : samples.Current);
        }

        return batch;
    }

    // Without this, the packer would take it for a failure to write the dataset.
    private bool MoveNext(IEnumerator<ImageSample> samples)
    {
        try
        {
            return samples.MoveNext();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"Cannot read {_source.Info.Path}: {UserText.FirstLine(error)} Fix this and rerun the command to resume: finished shards are kept.", error);
        }
    }

    private static ImageSample Buffered(ImageSample sample, ref long bytes)
    {
        try
        {
            var buffer = new MemoryStream();
            using (var stream = sample.Open())
            {
                stream.CopyTo(buffer);
            }

            buffer.Position = 0;
            bytes += buffer.Length;
            return sample with { Open = () => buffer };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return sample with { Open = () => throw error };
        }
    }

    private Decoded[] Decode(List<ImageSample> samples, int first, Action<int> report, CancellationToken cancellationToken)
    {
        var batch = new Decoded[samples.Count];
        var done = 0;
        Parallelism.For(samples.Count, cancellationToken, i =>
        {
            var sample = samples[i];
            var pixels = GC.AllocateUninitializedArray<byte>(_imageBytes);
            var failure = sample.Image.Name.Contains('\n', StringComparison.Ordinal)
                ? "its name contains a line break"
                : _readers.Value!.Read(sample.Open, pixels);
            batch[i] = new Decoded(sample, pixels, failure);
            report(first + Interlocked.Increment(ref done));
        });
        return batch;
    }

    private void Write(Decoded[] batch)
    {
        var before = _skipped.Count;
        foreach (var (sample, pixels, failure) in batch)
        {
            _next++;
            if (failure is null)
            {
                _packed.Add(sample.Image);
                RecordShard(_writer.Append(pixels));
            }
            else
            {
                _skipped.Add(new SkippedFile(sample.Image.Listed, failure));
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

    private readonly record struct Decoded(ImageSample Sample, byte[] Pixels, string? Failure);
}
