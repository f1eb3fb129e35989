using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary>State of an experiment.</summary>
public enum ExperimentStatus
{
    /// <summary>Waiting for its dataset.</summary>
    Preparing,

    /// <summary>At least one run is queued or running.</summary>
    Running,

    /// <summary>Every run completed.</summary>
    Completed,

    /// <summary>No run is queued or running, none failed, and at least one was paused, cancelled or interrupted.</summary>
    Interrupted,

    /// <summary>No run is queued or running, and at least one failed or is parked; or the dataset could not be created.</summary>
    Failed,
}

/// <summary>Derives and classifies the status of experiments.</summary>
public static class ExperimentStatusExtensions
{
    /// <summary>Whether the experiment has ended. Its status then changes only if a run is resumed.</summary>
    public static bool IsOver(this ExperimentStatus status) => status is not (ExperimentStatus.Preparing or ExperimentStatus.Running);

    /// <summary>Returns the status of an experiment that has no queued or running run, and the reason if it is not completed.</summary>
    public static (ExperimentStatus Status, string? Error) Outcome(IReadOnlyCollection<RunStatus> runs)
    {
        var unfinished = runs.Count(run => run != RunStatus.Completed);
        return unfinished == 0
            ? (ExperimentStatus.Completed, null)
            : (
                runs.Any(run => run is RunStatus.Failed or RunStatus.Parked) ? ExperimentStatus.Failed : ExperimentStatus.Interrupted,
                $"{unfinished} of {runs.Count} runs did not complete.");
    }
}
