namespace Cgh.Images;

/// <summary>
/// Memory that all threads share. Whoever needs more than is left waits, in order of arrival; whoever needs more than the whole budget gets it alone.
/// </summary>
internal sealed class MemoryBudget(long total)
{
    private readonly object _lock = new();
    private long _used;
    private long _arrived;
    private long _served;

    /// <summary>How many wait for a share.</summary>
    public long Waiting
    {
        get
        {
            lock (_lock)
            {
                return _arrived - _served;
            }
        }
    }

    /// <summary>Waits for a share. A thread must not wait for a second share of the same budget while it holds one.</summary>
    public Share Take(long bytes)
    {
        bytes = Math.Min(bytes, total);
        if (bytes == 0)
        {
            return default;
        }

        lock (_lock)
        {
            // In order, so that small images do not keep a large one waiting for ever.
            var turn = _arrived++;
            while (turn != _served || _used + bytes > total)
            {
                Monitor.Wait(_lock);
            }

            _served++;
            _used += bytes;
            Monitor.PulseAll(_lock);
        }

        return new Share(this, bytes);
    }

    private void Return(long bytes)
    {
        lock (_lock)
        {
            _used -= bytes;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Part of a budget, which disposal returns.</summary>
    internal readonly struct Share(MemoryBudget? budget, long bytes) : IDisposable
    {
        public void Dispose() => budget?.Return(bytes);
    }
}
