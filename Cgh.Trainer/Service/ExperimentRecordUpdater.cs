using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>
/// Reconciles the experiments' records with the run store: runs at rest whose folder does not say so are noted there, so that a store that has to be
/// refilled from the folders knows them.
/// </summary>
internal sealed class RestingRecords(IRetryingRunStore store, RunFolders folders)
{
    private readonly Dictionary<string, string> _saved = [];

    public async Task SaveAsync(string experiment, CancellationToken cancellationToken)
    {
        var runs = await store.ListRunsAsync(experiment, cancellationToken);
        var folder = folders.Experiment(experiment);
        var seen = string.Join(';', runs.Select(run => $"{run.Status} {run.Error}"));
        if (_saved.GetValueOrDefault(experiment) == seen || !File.Exists(folder.Record))
        {
            return;
        }

        var resting = runs
            .Where(run => run.Status.CanResume() && StatusIn(folder.Run(run.Id.Name)) != run.Status)
            .ToDictionary(run => run.Id.Name, run => new RestingRun(run.Status, run.Error));
        var record = CghJson.Load<ExperimentRecord>(folder.Record);
        if (record.Resting.Count != resting.Count || resting.Any(run => record.Resting.GetValueOrDefault(run.Key) != run.Value))
        {
            CghJson.Save(folder.Record, record with { Resting = resting });
        }

        _saved[experiment] = seen;
    }

    // A damaged record says nothing, and must not keep what the others are from being noted.
    private static RunStatus? StatusIn(RunFolder folder)
    {
        try
        {
            return folder.Exists ? folder.Load().Status : null;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }
}
