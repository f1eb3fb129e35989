using System.Collections.Concurrent;

namespace Cgh.DataPrep.Browsing;

/// <summary>Inspections of this process: a few at a time, because each lists a whole source in memory, and each can be cancelled.</summary>
internal sealed class RunningInspections : IDisposable
{
    private const int MaxConcurrent = 2;

    private readonly SemaphoreSlim _slots = new(MaxConcurrent);
    private readonly ConcurrentDictionary<Guid, CancellationTokenSource> _running = new();

    /// <summary>Cancels an inspection, if it runs or waits here.</summary>
    public void Cancel(Guid id)
    {
        if (_running.TryGetValue(id, out var cancellation))
        {
            cancellation.Cancel();
        }
    }

    /// <summary>Runs an inspection once there is a slot.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<T> RunAsync<T>(Guid id, Func<CancellationToken, T> inspect, CancellationToken cancellationToken)
    {
        // Not disposed: a late Cancel would throw, and without a timer there is nothing to free.
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running[id] = cancellation;
        try
        {
            await _slots.WaitAsync(cancellation.Token);
            try
            {
                return await Task.Run(() => inspect(cancellation.Token), CancellationToken.None);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(id, cancellation));
        }
    }

    public void Dispose() => _slots.Dispose();
}
