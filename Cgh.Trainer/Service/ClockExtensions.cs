namespace Cgh.Trainer.Service;

/// <summary>Delays on a <see cref="TimeProvider"/>.</summary>
internal static class ClockExtensions
{
    /// <summary>Delays for this long or until the token is cancelled; does not throw.</summary>
    public static async Task PauseAsync(this TimeProvider clock, TimeSpan length, CancellationToken cancellationToken) =>
        await Task.Delay(length, clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
