namespace Cgh.Core.Lifecycle;

/// <summary>How failed attempts are retried.</summary>
/// <param name="MaxFailures">Failed attempts in a row, without a new checkpoint in between, after which a run is parked.</param>
/// <param name="RetryAfter">Delay before the second attempt; it doubles with each further failure.</param>
/// <param name="MaxRetryAfter">The longest delay.</param>
public sealed record RetryPolicy(int MaxFailures, TimeSpan RetryAfter, TimeSpan MaxRetryAfter)
{
    /// <summary>The delay after this many counted failures in a row.</summary>
    public TimeSpan Delay(int failures)
    {
        // In seconds: a TimeSpan overflows after about 40 failures.
        var seconds = RetryAfter.TotalSeconds * Math.Pow(2, Math.Max(0, failures - 1));
        return seconds < MaxRetryAfter.TotalSeconds ? TimeSpan.FromSeconds(seconds) : MaxRetryAfter;
    }
}
