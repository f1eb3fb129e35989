using Cgh.Core.Lifecycle;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>Live state of experiments and of the datasets they are waiting for.</summary>
public interface IExperimentStore
{
    /// <summary>Adds an experiment with its runs atomically; false, without changes, if the id exists.</summary>
    Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default);

    Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default);

    /// <summary>Those of these experiments that exist, in the order of their ids here.</summary>
    Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Ids of all experiments, newest first.</summary>
    Task<IReadOnlyList<string>> ListExperimentIdsAsync(CancellationToken cancellationToken = default);

    /// <summary>Compare and swap: reads the state, calls <paramref name="decide"/> and writes its result, repeating after a concurrent write.</summary>
    /// <returns>The decision; refused if there is no such experiment.</returns>
    Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default);

    Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default);

    Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Pauses a dataset until it is resumed: the service that makes it stops, and no other starts.</summary>
    Task PauseDatasetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Ends the pause of a dataset. It is made once it is requested again.</summary>
    Task ResumeDatasetAsync(string name, CancellationToken cancellationToken = default);

    Task<bool> IsDatasetPausedAsync(string name, CancellationToken cancellationToken = default);
}
