using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;

namespace Cgh.Trainer.Service;

/// <summary>The run folders under the data folder, which may lie on a share that goes away.</summary>
internal sealed class RunFolders(DataFolder data)
{
    public ExperimentFolder Experiment(string id) => new(Path.Combine(data.Experiments, id));

    public RunFolder Run(RunId id) => Experiment(id.Experiment).Run(id.Name);

    /// <summary>Whether the experiment's record is there: it is written before the first run begins.</summary>
    public bool IsThere(RunId id) => File.Exists(Experiment(id.Experiment).Record);

    /// <summary>The newest attempt that the folder knows; 0 if it cannot be read: the attempt says what is wrong with it.</summary>
    public int NewestAttempt(RunId id)
    {
        var newest = 0;
        try
        {
            newest = Run(id).ClaimedAttempt();
            newest = Run(id).NewestAttempt();
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            // The claim alone counts when run.json is damaged.
        }

        return newest;
    }

    /// <summary>The step of the newest checkpoint; 0 without one.</summary>
    public long NewestCheckpoint(RunId id)
    {
        try
        {
            return CheckpointFolder.NewestStep(Run(id).Checkpoints);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A share that has vanished holds none.
            return 0;
        }
    }
}
