namespace Cgh.Core.Lifecycle;

/// <summary>How failed attempts are retried.</summary>
/// <param name="MaxFailures">Failed attempts in a row, without a new checkpoint in between, after which a run is parked.</param>
/// <param name="RetryAfter">Delay before the second attempt; it doubles with each further failure.</param>
public sealed record RetryPolicy(int MaxFailures, TimeSpan RetryAfter)
{
    /// <summary>The delay after this many counted failures in a row.</summary>
    public TimeSpan Delay(int failures) => RetryAfter * Math.Pow(2, Math.Max(0, failures - 1));
}
