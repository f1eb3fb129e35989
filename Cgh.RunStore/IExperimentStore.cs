using Cgh.Core.Lifecycle;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>Live state of experiments, and of the datasets that they wait for.</summary>
public interface IExperimentStore
{
    /// <summary>Adds an experiment with its runs, all at once; false, and nothing is changed, when there is one of that id.</summary>
    Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default);

    Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default);

    /// <summary>Reads, has <paramref name="decide"/> say what follows, and writes that if nobody else has written meanwhile; else again.</summary>
    /// <returns>What was decided; refused when there is no such experiment.</returns>
    Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default);

    Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default);

    Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default);
}
