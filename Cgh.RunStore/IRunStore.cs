namespace Cgh.RunStore;

/// <summary>
/// Live state of experiments, runs and their curves, in a server that speaks Redis' protocol. It can be rebuilt from the
/// run folders; those are the record. Take the part that is enough where a part is.
/// </summary>
public interface IRunStore : IExperimentStore, IRunStateStore, ICurveStore, ILeaseStore, IRejectedMessageStore
{
    /// <summary>False in a store that was never filled from the run folders, or that has lost everything since.</summary>
    Task<bool> IsFilledAsync(CancellationToken cancellationToken = default);

    /// <summary>Says that the store has been filled from the run folders.</summary>
    Task MarkFilledAsync(CancellationToken cancellationToken = default);
}
