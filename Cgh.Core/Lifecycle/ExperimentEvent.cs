using Cgh.Core.Runs;

namespace Cgh.Core.Lifecycle;

/// <summary>Something that happens to an experiment.</summary>
public abstract record ExperimentEvent;

/// <summary>DataPrep was asked for the dataset.</summary>
/// <param name="WasSent">False when the bus did not take the message: the reconciler asks again.</param>
public sealed record DatasetRequested(bool WasSent) : ExperimentEvent;

/// <summary>The dataset is there.</summary>
public sealed record DatasetArrived : ExperimentEvent;

/// <summary>The experiment cannot go on: no dataset, or no folder. Its waiting runs have failed.</summary>
public sealed record ExperimentAbandoned(string Error) : ExperimentEvent;

/// <summary>The bus did not take the submission.</summary>
public sealed record SubmissionFailed(string Error) : ExperimentEvent;

/// <summary>Somebody looked whether the experiment is over.</summary>
public sealed record RunsExamined(IReadOnlyCollection<RunStatus> Runs) : ExperimentEvent;

/// <summary>The report is written, or <paramref name="ReportError"/> says why it is not; either way the experiment ends.</summary>
public sealed record ReportWritten(IReadOnlyCollection<RunStatus> Runs, string? ReportError) : ExperimentEvent;

/// <summary>A run was queued again.</summary>
public sealed record RunResumed : ExperimentEvent;

/// <summary>A column of the lifecycle table of experiments.</summary>
public enum ExperimentTrigger
{
    DatasetIsRequested,
    DatasetArrives,
    IsAbandoned,
    SubmissionFails,

    /// <summary>None of the runs is queued or running.</summary>
    RunsAreAtRest,

    /// <summary>A run is queued or running.</summary>
    RunsAreUnderWay,
    EndsCompleted,
    EndsInterrupted,
    EndsFailed,
    RunIsResumed,
}
