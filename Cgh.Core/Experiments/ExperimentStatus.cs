namespace Cgh.Core.Experiments;

/// <summary>Where an experiment is.</summary>
public enum ExperimentStatus
{
    /// <summary>Waits for its dataset.</summary>
    Preparing,
    Running,

    /// <summary>Every run completed.</summary>
    Completed,

    /// <summary>Nothing of it is queued or running, and at least one run can be resumed from where it was stopped.</summary>
    Interrupted,

    /// <summary>All runs have ended, and at least one did not complete; or the dataset could not be made.</summary>
    Failed,
}

public static class ExperimentStatusExtensions
{
    /// <summary>Whether nothing of the experiment is under way; it changes no more unless somebody resumes a run.</summary>
    public static bool IsOver(this ExperimentStatus status) => status is not (ExperimentStatus.Preparing or ExperimentStatus.Running);
}
