using System.Collections.Concurrent;
using System.Diagnostics;
using Cgh.Core.Datasets;

namespace Cgh.Trainer.Data;

/// <summary>Prefetches batches of images on a background thread, so that training does not wait for input.</summary>
internal sealed class BatchReader : IDisposable
{
    private const int PrefetchCount = 3;

    private readonly BlockingCollection<Batch> _ready = [];
    private readonly BlockingCollection<Batch> _free = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Batch> _batches = [];
    private readonly Thread _thread;
    private readonly Stopwatch _waited = new();
    private Exception? _failure;
    private Batch? _lent;

    /// <param name="images">The images, read on the background thread.</param>
    /// <param name="labels">Label of each image.</param>
    /// <param name="batches">Image indices of each batch.</param>
    /// <param name="capacity">Size of the largest batch.</param>
    /// <param name="memory">Storage of the batches.</param>
    /// <param name="cropping">Crop of each image; null for the whole image.</param>
    public BatchReader(
        PackedImages images,
        IReadOnlyList<long> labels,
        IEnumerable<ReadOnlyMemory<int>> batches,
        int capacity,
        BatchMemory memory = BatchMemory.Normalized,
        Cropping? cropping = null)
    {
        cropping ??= Cropping.Centre(images.Side, images.Side);
        for (var i = 0; i < PrefetchCount; i++)
        {
            _batches.Add(new Batch(capacity, cropping.Side, memory));
            _free.Add(_batches[i]);
        }

        _thread = new Thread(() => Read(images, labels, batches, cropping)) { IsBackground = true, Name = "batch reader" };
        _thread.Start();
    }

    /// <summary>Time spent waiting for batches.</summary>
    public TimeSpan Waited => _waited.Elapsed;

    /// <summary>Returns the next batch, or null after the last. The previous batch is reused.</summary>
    /// <remarks>
    /// A GPU may still be copying from the previous batch. Call this only after a result computed from all of it, such as its loss,
    /// has been read on the CPU.
    /// </remarks>
    public Batch? Next()
    {
        if (_lent is not null)
        {
            _free.Add(_lent);
            _lent = null;
        }

        if (!_ready.TryTake(out _lent))
        {
            _waited.Start();
            _ready.TryTake(out _lent, Timeout.Infinite);
            _waited.Stop();
        }

        return _lent is null && _failure is not null ? throw new IOException(_failure.Message, _failure) : _lent;
    }

    /// <summary>Fills a batch with images and their labels.</summary>
    public static void Fill(Batch batch, PackedImages images, IReadOnlyList<long> labels, ReadOnlySpan<int> indices, Cropping cropping)
    {
        var targets = batch.Targets;
        for (var i = 0; i < indices.Length; i++)
        {
            batch.Put(i, images[indices[i]], images.Side, cropping.Of(indices[i]));
            targets[i] = labels[indices[i]];
        }

        batch.Count = indices.Length;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _batches.ForEach(batch => batch.Dispose());
        _ready.Dispose();
        _free.Dispose();
        _stop.Dispose();
    }

    private void Read(PackedImages images, IReadOnlyList<long> labels, IEnumerable<ReadOnlyMemory<int>> batches, Cropping cropping)
    {
        try
        {
            foreach (var indices in batches)
            {
                var batch = _free.Take(_stop.Token);
                Fill(batch, images, labels, indices.Span, cropping);
                _ready.Add(batch, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader was disposed before the last batch.
        }
        catch (Exception error)
        {
            // Next() rethrows it. Unhandled, it would end the process.
            _failure = error;
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
