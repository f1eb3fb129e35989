using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary>Where an experiment is.</summary>
public enum ExperimentStatus
{
    /// <summary>Waits for its dataset.</summary>
    Preparing,
    Running,

    /// <summary>Every run completed.</summary>
    Completed,

    /// <summary>Nothing of it is queued or running, no run failed, and at least one was stopped before its end: paused, cancelled or interrupted.</summary>
    Interrupted,

    /// <summary>Nothing of it is queued or running, and at least one run failed or is parked; or the dataset could not be made.</summary>
    Failed,
}

public static class ExperimentStatusExtensions
{
    /// <summary>Whether nothing of the experiment is under way; it changes no more unless somebody resumes a run.</summary>
    public static bool IsOver(this ExperimentStatus status) => status is not (ExperimentStatus.Preparing or ExperimentStatus.Running);

    /// <summary>How an experiment is whose runs are all at rest, and a sentence that says why, if it is not complete.</summary>
    public static (ExperimentStatus Status, string? Error) AtRest(IReadOnlyCollection<RunStatus> runs)
    {
        var unfinished = runs.Count(run => run != RunStatus.Completed);
        return unfinished == 0
            ? (ExperimentStatus.Completed, null)
            : (runs.Any(run => run is RunStatus.Failed or RunStatus.Parked) ? ExperimentStatus.Failed : ExperimentStatus.Interrupted, $"{unfinished} of {runs.Count} runs did not complete.");
    }
}
