using System.Diagnostics;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>Sends heartbeats for the runs that this trainer holds, and picks up stop requests whose message was lost.</summary>
internal sealed class AttemptHeartbeat(IRetryingRunStore store, TimeProvider clock)
{
    // Four times within the lease duration of the store.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan s_holdInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>Sends heartbeats until <paramref name="attemptEnded"/> is cancelled; kills the process if a newer attempt has started.</summary>
    /// <returns>Whether the attempt was superseded.</returns>
    public async Task<bool> KeepAsync(RunId run, int attempt, HeldRun held, IAttemptProcess process, CancellationToken attemptEnded)
    {
        // A trace shows what happened to a run; heartbeats would bury that.
        Activity.Current = null;
        try
        {
            while (true)
            {
                if (!await store.BeatAsync(run, attempt, TrainerIdentity.Holder, attemptEnded) && await IsSupersededAsync(run, attempt, attemptEnded))
                {
                    process.Kill();
                    return true;
                }

                if ((await store.FindRunAsync(run, attemptEnded))?.StopRequest is { } request)
                {
                    held.RequestStop(request);
                }

                await Task.Delay(s_interval, clock, attemptEnded);
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Keeps the lease while waiting for the next attempt; ends early if the run is cancelled or paused, so that its slot is free.</summary>
    public async Task HoldAsync(RunId run, int attempt, TimeSpan length, CancellationToken stopping)
    {
        Activity.Current = null;
        for (var left = length; left > TimeSpan.Zero && !stopping.IsCancellationRequested; left -= s_holdInterval)
        {
            await store.BeatAsync(run, attempt, TrainerIdentity.Holder, CancellationToken.None);
            if (await store.FindRunAsync(run, CancellationToken.None) is { } state && !state.Status.IsActive())
            {
                return;
            }

            await clock.PauseAsync(left < s_holdInterval ? left : s_holdInterval, stopping);
        }
    }

    private async Task<bool> IsSupersededAsync(RunId run, int attempt, CancellationToken cancellationToken) =>
        await store.FindRunAsync(run, cancellationToken) is { } state && state.Attempt > attempt;
}
