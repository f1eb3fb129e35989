namespace Cgh.RunStore;

public static class LockExtensions
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Releases a lock, also during shutdown. The service's own token is cancelled then and nothing would be sent, so that no trainer could take the
    /// lock until it expires.
    /// </summary>
    public static async Task ReleaseLockDuringShutdownAsync(this ILeaseStore store, string name, string holder, TimeProvider clock)
    {
        using var limit = new CancellationTokenSource(s_timeout, clock);
        try
        {
            await store.ReleaseLockAsync(name, holder, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The store is unreachable; the lock expires by itself.
        }
    }
}
