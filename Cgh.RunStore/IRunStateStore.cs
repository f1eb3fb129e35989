using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>Live state of runs.</summary>
public interface IRunStateStore
{
    Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default);

    /// <summary>Runs of one experiment in the recipe's order.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default);

    /// <summary>Runs of all experiments, newest experiment first.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="IExperimentStore.ChangeExperimentAsync"/>. The decision sees the holder of the run, and its lease effects are part
    /// of the write; the caller carries out the other effects.
    /// </summary>
    Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default);
}
