namespace Cgh.RunStore;

/// <summary>
/// Live state of experiments, runs and their curves on a Redis-protocol server. It can be rebuilt from the run folders, which are the record.
/// Depend on one of its parts where that is enough.
/// </summary>
public interface IRunStore : IExperimentStore, IRunStateStore, ICurveStore, ILeaseStore, IRejectedMessageStore, ITrainerStore
{
    /// <summary>False for a new or flushed store that has not been filled from the run folders.</summary>
    Task<bool> IsFilledAsync(CancellationToken cancellationToken = default);

    /// <summary>Marks the store as filled from the run folders.</summary>
    Task MarkFilledAsync(CancellationToken cancellationToken = default);
}
