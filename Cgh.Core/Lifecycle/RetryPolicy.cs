namespace Cgh.Core.Lifecycle;

/// <summary>When a failed attempt is followed by another.</summary>
/// <param name="MaxFailures">Failed attempts in a row, without a new checkpoint between them, that park a run.</param>
/// <param name="RetryAfter">Wait before the second attempt; it doubles with every further failure.</param>
public sealed record RetryPolicy(int MaxFailures, TimeSpan RetryAfter)
{
    /// <summary>The wait after a failure, the last of this many in a row; 0 if it did not count.</summary>
    public TimeSpan Delay(int failures) => RetryAfter * Math.Pow(2, Math.Max(0, failures - 1));
}
