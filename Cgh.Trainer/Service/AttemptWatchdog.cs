using System.Globalization;

namespace Cgh.Trainer.Service;

/// <summary>Ends a process that hangs: one that works writes every 2 seconds.</summary>
internal static class AttemptWatchdog
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>Watches a process until it has been silent for <paramref name="timeout"/>, and kills it then.</summary>
    /// <returns>Why it was killed; null when <paramref name="over"/> was cancelled first.</returns>
    public static async Task<string?> WatchAsync(IAttemptProcess process, TimeSpan timeout, TimeProvider clock, CancellationToken over)
    {
        // Count polls, not wall time: a suspended service could not have heard anything.
        var silent = TimeSpan.Zero;
        while (silent < timeout)
        {
            await clock.PauseAsync(s_pollInterval, over);
            if (over.IsCancellationRequested)
            {
                return null;
            }

            silent = process.SinceLastOutput < silent + s_pollInterval ? process.SinceLastOutput : silent + s_pollInterval;
        }

        process.Kill();
        return string.Create(CultureInfo.InvariantCulture, $"The attempt's process gave no sign of life for {timeout.TotalSeconds:0} seconds and was ended.");
    }
}
