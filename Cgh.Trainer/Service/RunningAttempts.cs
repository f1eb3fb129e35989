using System.Collections.Concurrent;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Service;

/// <summary>The attempts that this process trains now, so that a cancel finds its own.</summary>
internal sealed class RunningAttempts
{
    private readonly ConcurrentDictionary<RunId, AttemptProcess> _running = new();

    public void Add(RunId run, AttemptProcess attempt) => _running[run] = attempt;

    public void Remove(RunId run) => _running.TryRemove(run, out _);

    /// <summary>False when this process does not train the run.</summary>
    public bool Cancel(RunId run)
    {
        if (!_running.TryGetValue(run, out var attempt))
        {
            return false;
        }

        attempt.Cancel();
        return true;
    }
}
