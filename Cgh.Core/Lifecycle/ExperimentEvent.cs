using Cgh.Core.Runs;

namespace Cgh.Core.Lifecycle;

/// <summary>Something that happens to an experiment.</summary>
public abstract record ExperimentEvent;

/// <summary>The dataset was requested from DataPrep.</summary>
/// <param name="WasSent">False if the message could not be sent; the reconciler then requests it again.</param>
public sealed record DatasetRequested(bool WasSent) : ExperimentEvent;

/// <summary>The dataset is ready.</summary>
public sealed record DatasetArrived : ExperimentEvent;

/// <summary>
/// The experiment cannot continue without its dataset or folder. Its queued runs have failed; it ends unless others are still training.
/// </summary>
public sealed record ExperimentAbandoned(IReadOnlyCollection<RunStatus> Runs, string Error) : ExperimentEvent;

/// <summary>The submission could not be sent.</summary>
public sealed record SubmissionFailed(string Error) : ExperimentEvent;

/// <summary>The status of all runs was checked.</summary>
public sealed record RunsExamined(IReadOnlyCollection<RunStatus> Runs) : ExperimentEvent;

/// <summary>The report was written, or failed with <paramref name="ReportError"/>; either way the experiment ends.</summary>
public sealed record ReportWritten(IReadOnlyCollection<RunStatus> Runs, string? ReportError) : ExperimentEvent;

/// <summary>A run was queued again.</summary>
public sealed record RunResumed : ExperimentEvent;

/// <summary>A row of the lifecycle table of experiments.</summary>
public enum ExperimentTrigger
{
    DatasetIsRequested,
    DatasetArrives,

    /// <summary>Abandoned, and no run is queued or running.</summary>
    IsAbandoned,
    SubmissionFails,

    /// <summary>No run is queued or running.</summary>
    NoRunIsActive,

    /// <summary>At least one run is queued or running.</summary>
    SomeRunIsActive,
    EndsCompleted,
    EndsInterrupted,
    EndsFailed,
    RunIsResumed,
}
