namespace Cgh.RunStore;

/// <summary>Whether the broker accepts messages. One whose memory or disk is used up keeps every sender waiting instead of refusing.</summary>
public interface IBrokerStatus
{
    /// <summary>Returns a line that says why the broker accepts no messages; null if it does.</summary>
    Task<string?> FaultAsync(CancellationToken cancellationToken = default);
}
