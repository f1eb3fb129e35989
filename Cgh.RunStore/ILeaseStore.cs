using Cgh.Core.Runs;

namespace Cgh.RunStore;

/// <summary>Leases of runs, and locks that one trainer holds at a time.</summary>
public interface ILeaseStore
{
    /// <summary>Sends a heartbeat, which extends the lease of a run to 10 seconds from now. False if superseded.</summary>
    Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default);

    /// <summary>Takes or extends an exclusive lock, which expires after <paramref name="expiry"/>.</summary>
    Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default);

    /// <summary>Releases a lock if this holder has it.</summary>
    Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default);
}
