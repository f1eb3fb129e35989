using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Cgh.Core;

namespace Cgh.Trainer.Data;

/// <summary>
/// Prefetches batches of images on background threads, so that training does not wait for input. The threads fill a batch together, image by
/// image, and the next one as soon as nothing is left to begin. The batches do not depend on the number of threads.
/// </summary>
internal sealed class BatchReader : IDisposable
{
    private const int PrefetchCount = 3;

    private readonly object _gate = new();
    private readonly IPixelSource _images;
    private readonly IReadOnlyList<long> _labels;
    private readonly Cropping _cropping;
    private readonly IEnumerator<ReadOnlyMemory<int>> _next;
    private readonly List<Batch> _batches = [];
    private readonly Queue<Batch> _free = [];
    private readonly Queue<PendingBatch> _pending = [];
    private readonly IPixelReader[] _readers;
    private readonly Thread[] _threads;
    private readonly Stopwatch _waited = new();
    private PendingBatch? _open;
    private Exception? _failure;
    private Batch? _lent;
    private bool _isAtEnd;
    private bool _isDisposed;

    /// <param name="images">The images, read on <see cref="IPixelSource.Threads"/> background threads.</param>
    /// <param name="labels">Label of each image.</param>
    /// <param name="batches">Image indices of each batch.</param>
    /// <param name="capacity">Size of the largest batch.</param>
    /// <param name="memory">Storage of the batches.</param>
    /// <param name="cropping">Crop of each image; null for the whole image.</param>
    public BatchReader(
        IPixelSource images,
        IReadOnlyList<long> labels,
        IEnumerable<ReadOnlyMemory<int>> batches,
        int capacity,
        BatchMemory memory = BatchMemory.Normalized,
        Cropping? cropping = null)
    {
        _images = images;
        _labels = labels;
        _cropping = cropping ?? Cropping.Centre(images.Side, images.Side);
        _next = batches.GetEnumerator();
        for (var i = 0; i < PrefetchCount; i++)
        {
            _batches.Add(new Batch(capacity, _cropping.Side, memory));
            _free.Enqueue(_batches[i]);
        }

        _readers = [.. Enumerable.Range(0, images.Threads).Select(_ => images.CreateReader())];
        _threads = [.. _readers.Select(reader => new Thread(() => Read(reader)) { IsBackground = true, Name = "batch reader" })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Time spent waiting for batches.</summary>
    public TimeSpan Waited => _waited.Elapsed;

    /// <summary>Returns the next batch, or null after the last. The previous batch is reused.</summary>
    /// <remarks>
    /// A GPU may still be copying from the previous batch. Call this only after a result computed from all of it, such as its loss,
    /// has been read on the CPU.
    /// </remarks>
    /// <exception cref="UserErrorException">An image cannot be read.</exception>
    public Batch? Next()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_lent is not null)
            {
                _free.Enqueue(_lent);
                _lent = null;
                Monitor.PulseAll(_gate);
            }

            PendingBatch? first;
            while (!(_pending.TryPeek(out first) ? first.IsComplete : _isAtEnd))
            {
                _waited.Start();
                Monitor.Wait(_gate);
                _waited.Stop();
            }

            if ((first is null ? _failure : first.Failure) is { } failure)
            {
                Throw(failure);
            }

            _lent = first is null ? null : _pending.Dequeue().Batch;
            return _lent;
        }
    }

    /// <summary>Fills a batch with images and their labels.</summary>
    public static void Fill(Batch batch, IPixelReader images, int side, IReadOnlyList<long> labels, ReadOnlySpan<int> indices, Cropping cropping)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            Put(batch, i, images, side, labels, indices[i], cropping);
        }

        batch.Count = indices.Length;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(_threads, thread => thread.Join());
        Array.ForEach(_readers, reader => reader.Dispose());
        _batches.ForEach(batch => batch.Dispose());
        _next.Dispose();
    }

    private static void Put(Batch batch, int position, IPixelReader images, int side, IReadOnlyList<long> labels, int index, Cropping cropping)
    {
        batch.Put(position, images.Read(index), side, cropping.Of(index));
        batch.Targets[position] = labels[index];
    }

    private static void Throw(Exception failure)
    {
        if (failure is UserErrorException)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        throw new IOException(failure.Message, failure);
    }

    private void Read(IPixelReader images)
    {
        while (Claim() is var (batch, position))
        {
            Exception? failure = null;
            try
            {
                Put(batch.Batch, position, images, _images.Side, _labels, batch.Indices.Span[position], _cropping);
            }
            catch (Exception error)
            {
                // Next() rethrows it after the batches before this one. Unhandled, it would end the process.
                failure = error;
            }

            lock (_gate)
            {
                batch.Finish(position, failure);
                if (batch.IsComplete)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    // Returns the next position to fill, or null at the end. Waits while all batches are full or lent.
    private (PendingBatch Batch, int Position)? Claim()
    {
        lock (_gate)
        {
            while (!_isDisposed)
            {
                if (_open?.Claim() is { } position)
                {
                    return (_open, position);
                }

                if (_isAtEnd)
                {
                    return null;
                }

                if (_free.Count > 0)
                {
                    Open();
                }
                else
                {
                    Monitor.Wait(_gate);
                }
            }
        }

        return null;
    }

    private void Open()
    {
        try
        {
            if (_next.MoveNext())
            {
                _open = new PendingBatch(_free.Dequeue(), _next.Current);
                _open.Batch.Count = _next.Current.Length;
                _pending.Enqueue(_open);
                return;
            }
        }
        catch (Exception error)
        {
            _failure = error;
        }

        _isAtEnd = true;
        Monitor.PulseAll(_gate);
    }
}
