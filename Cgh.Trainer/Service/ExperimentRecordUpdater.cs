using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Trainer.Service;

/// <summary>
/// Reconciles the experiments' records with the run store: stores the status of stopped runs that their run folder does not have, so that a
/// refill from the folders restores it.
/// </summary>
internal sealed class ExperimentRecordUpdater(RunFolders folders)
{
    private readonly Dictionary<string, string> _saved = [];

    /// <param name="experiment">Id of the experiment.</param>
    /// <param name="runs">Its runs in the store.</param>
    public void Save(string experiment, IReadOnlyList<RunState> runs)
    {
        var folder = folders.Experiment(experiment);
        var current = string.Join(';', runs.Select(run => $"{run.Status} {run.Error}"));
        if (_saved.GetValueOrDefault(experiment) == current || !File.Exists(folder.Record))
        {
            return;
        }

        var stopped = runs
            .Where(run => run.Status.CanResume() && StatusIn(folder.Run(run.Id.Name)) != run.Status)
            .ToDictionary(run => run.Id.Name, run => new RestingRun(run.Status, run.Error));
        var record = CghJson.Load<ExperimentRecord>(folder.Record);
        if (record.Resting.Count != stopped.Count || stopped.Any(run => record.Resting.GetValueOrDefault(run.Key) != run.Value))
        {
            CghJson.Save(folder.Record, record with { Resting = stopped });
        }

        _saved[experiment] = current;
    }

    // A damaged record must not prevent the others from being updated.
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
