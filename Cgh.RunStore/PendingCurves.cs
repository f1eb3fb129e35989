using System.Collections.Concurrent;
using Cgh.Core.Runs;

namespace Cgh.RunStore;

/// <summary>
/// The curves that a rebuild has left in the run folders. Those of a run are added to the store when it is asked for one of them. For a store that only
/// this process reads: others would not find them.
/// </summary>
public sealed class PendingCurves
{
    private readonly ConcurrentDictionary<RunId, Entry> _runs = [];

    internal void Add(RunId run, Func<CancellationToken, Task> load) => _runs[run] = new Entry(load);

    internal async Task LoadAsync(RunId run, CancellationToken cancellationToken)
    {
        if (!_runs.TryGetValue(run, out var entry))
        {
            return;
        }

        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            // Another reader may have loaded them meanwhile. After a failure they stay pending.
            if (_runs.ContainsKey(run))
            {
                await entry.Load(cancellationToken);
                _runs.TryRemove(KeyValuePair.Create(run, entry));
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private sealed class Entry(Func<CancellationToken, Task> load)
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public Func<CancellationToken, Task> Load { get; } = load;
    }
}
