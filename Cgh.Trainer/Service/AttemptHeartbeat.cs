using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>Keeps the lease of a run that this trainer has, and finds stop requests whose message was lost.</summary>
internal sealed class AttemptHeartbeat(IRetryingRunStore store, TimeProvider clock)
{
    // Four within the time after which the store takes the run for abandoned.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan s_holdInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>Sends heartbeats until <paramref name="over"/> is cancelled; kills the process when a newer attempt has begun.</summary>
    /// <returns>Whether the attempt was superseded.</returns>
    public async Task<bool> KeepAsync(RunId run, int attempt, HeldRun held, IAttemptProcess process, CancellationToken over)
    {
        try
        {
            while (true)
            {
                if (!await store.BeatAsync(run, attempt, ThisTrainer.Holder, over) && await IsSupersededAsync(run, attempt, over))
                {
                    process.Kill();
                    return true;
                }

                if ((await store.FindRunAsync(run, over))?.StopRequest is { } request)
                {
                    held.RequestStop(request);
                }

                await Task.Delay(s_interval, clock, over);
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
            return false;
        }
    }

    /// <summary>Keeps the lease between two attempts.</summary>
    public async Task HoldAsync(RunId run, int attempt, TimeSpan length, CancellationToken stopping)
    {
        for (var left = length; left > TimeSpan.Zero && !stopping.IsCancellationRequested; left -= s_holdInterval)
        {
            await store.BeatAsync(run, attempt, ThisTrainer.Holder, CancellationToken.None);
            await clock.PauseAsync(left < s_holdInterval ? left : s_holdInterval, stopping);
        }
    }

    private async Task<bool> IsSupersededAsync(RunId run, int attempt, CancellationToken cancellationToken) =>
        await store.FindRunAsync(run, cancellationToken) is { } state && state.Attempt > attempt;
}
