using Cgh.Core.Runs;

namespace Cgh.RunStore;

/// <summary>Who holds a run, and locks that one trainer has at a time.</summary>
public interface ILeaseStore
{
    /// <summary>A heartbeat: it prolongs the lease of a run, which ends 10 seconds after the last. False when superseded.</summary>
    Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default);

    /// <summary>Takes a lock that only one holder has, or prolongs it; it goes by itself after <paramref name="expiry"/>.</summary>
    Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default);

    /// <summary>Lets go of a lock, if it is this holder's.</summary>
    Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default);
}
