using System.Collections.Concurrent;
using System.Diagnostics;
using Cgh.Core.Datasets;

namespace Cgh.Trainer.Data;

/// <summary>
/// Reads batches of images a few ahead on a thread of its own, so that training does not wait for its input.
/// </summary>
internal sealed class BatchReader : IDisposable
{
    private const int Ahead = 3;

    private readonly BlockingCollection<Batch> _ready = [];
    private readonly BlockingCollection<Batch> _free = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Batch> _batches = [];
    private readonly Thread _thread;
    private readonly Stopwatch _waited = new();
    private Exception? _failure;
    private Batch? _lent;

    /// <param name="images">Where the pixels come from; read on the background thread.</param>
    /// <param name="labels">A label for each of <paramref name="images"/>.</param>
    /// <param name="batches">Indices of the images of each batch, in order.</param>
    /// <param name="capacity">Images in the largest batch.</param>
    /// <param name="memory">What the batches are kept in.</param>
    /// <param name="cropping">Which square of each image; null: the whole image.</param>
    public BatchReader(PackedImages images, IReadOnlyList<long> labels, IEnumerable<ReadOnlyMemory<int>> batches, int capacity, BatchMemory memory = BatchMemory.Normalized, Cropping? cropping = null)
    {
        cropping ??= Cropping.Centre(images.Side, images.Side);
        for (var i = 0; i < Ahead; i++)
        {
            _batches.Add(new Batch(capacity, cropping.Side, memory));
            _free.Add(_batches[i]);
        }

        _thread = new Thread(() => Read(images, labels, batches, cropping)) { IsBackground = true, Name = "batch reader" };
        _thread.Start();
    }

    /// <summary>Time spent waiting for a batch that was not ready.</summary>
    public TimeSpan Waited => _waited.Elapsed;

    /// <summary>The next batch, or null after the last. The one before it goes back to be filled again.</summary>
    /// <remarks>
    /// A GPU may still be copying from the one before: ask only after something that was computed from all of it, such as its loss, has
    /// been read on the CPU.
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
            // Disposed before the last batch.
        }
        catch (Exception error)
        {
            // Thrown again where the batch is asked for: an exception here would end the process.
            _failure = error;
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
