namespace Cgh.RunStore;

/// <summary>How far a rebuild from the run folders is.</summary>
/// <param name="Done">Experiments that have been read.</param>
/// <param name="Total">Experiments in the data folder.</param>
public sealed record RebuildProgress(int Done, int Total);

/// <summary>
/// Live state of experiments, runs and their curves on a Redis-protocol server. It can be rebuilt from the run folders, which are the record.
/// Depend on one of its parts where that is enough.
/// </summary>
public interface IRunStore : IExperimentStore, IRunStateStore, ICurveStore, ILeaseStore, IRejectedMessageStore, ITrainerStore
{
    /// <summary>False for a new or flushed store that has not been filled from the run folders.</summary>
    Task<bool> IsFilledAsync(CancellationToken cancellationToken = default);

    /// <summary>How far a rebuild from the run folders is; null if none is going on.</summary>
    Task<RebuildProgress?> FindRebuildProgressAsync(CancellationToken cancellationToken = default);

    /// <summary>Tells the pages how far a rebuild is; null at its end. It is forgotten after half a minute without another call.</summary>
    Task SaveRebuildProgressAsync(RebuildProgress? progress, CancellationToken cancellationToken = default);

    /// <summary>Marks the store as filled from the run folders.</summary>
    Task MarkFilledAsync(CancellationToken cancellationToken = default);
}
