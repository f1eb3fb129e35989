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
