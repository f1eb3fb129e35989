using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;

namespace Cgh.Trainer.Service;

/// <summary>The run folders in the data folder, which may be on a share that gets unmounted.</summary>
internal sealed class RunFolders(DataFolder data)
{
    public ExperimentFolder Experiment(string id) => new(Path.Combine(data.Experiments, id));

    public RunFolder Run(RunId id) => Experiment(id.Experiment).Run(id.Name);

    /// <summary>Whether the experiment's record exists; it is written before the first run starts.</summary>
    public bool Exists(RunId id) => File.Exists(Experiment(id.Experiment).Record);

    /// <summary>The newest attempt in the folder; 0 if it cannot be read (the next attempt then reports why).</summary>
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
            // If run.json is damaged, only the claim counts.
        }

        return newest;
    }

    /// <summary>The process that holds the run folder, or held it last; null if that is not known.</summary>
    public RunHolder? Holder(RunId id) => RunHolder.Last(Run(id));

    /// <summary>The step of the newest checkpoint; 0 without one.</summary>
    public long NewestCheckpoint(RunId id)
    {
        try
        {
            return CheckpointFolder.NewestStep(Run(id).Checkpoints);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The share is unmounted.
            return 0;
        }
    }
}
