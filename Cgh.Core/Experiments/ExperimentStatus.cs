namespace Cgh.Core.Experiments;

/// <summary>Where an experiment is.</summary>
public enum ExperimentStatus
{
    /// <summary>Waits for its dataset.</summary>
    Preparing,
    Running,

    /// <summary>Every run completed.</summary>
    Completed,

    /// <summary>All runs have ended, and at least one did not complete; or the dataset could not be made.</summary>
    Failed,
}
