using System.Globalization;

namespace Cgh.Trainer.Service;

/// <summary>Kills a hung attempt: a healthy one writes a heartbeat every 2 seconds.</summary>
internal static class AttemptWatchdog
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>Kills the process once it has written nothing for <paramref name="timeout"/>.</summary>
    /// <returns>Why it was killed; null if <paramref name="attemptEnded"/> was cancelled first.</returns>
    public static async Task<string?> WatchAsync(IAttemptProcess process, TimeSpan timeout, TimeProvider clock, CancellationToken attemptEnded)
    {
        // Count polls, not wall time: a suspended service could not have received heartbeats.
        var silent = TimeSpan.Zero;
        while (silent < timeout)
        {
            await clock.PauseAsync(s_pollInterval, attemptEnded);
            if (attemptEnded.IsCancellationRequested)
            {
                return null;
            }

            silent = process.SinceLastOutput < silent + s_pollInterval ? process.SinceLastOutput : silent + s_pollInterval;
        }

        process.Kill();
        return string.Create(CultureInfo.InvariantCulture, $"The attempt's process sent no heartbeat for {timeout.TotalSeconds:0} seconds and was killed.");
    }
}
