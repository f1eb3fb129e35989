using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Lifecycle;

/// <summary>Something to do because of a transition. The lease belongs to the write itself; the rest follows it and can be repeated.</summary>
public abstract record LifecycleEffect;

/// <summary>Write the heartbeat of this holder with the state.</summary>
public sealed record TakeLease(string Holder) : LifecycleEffect;

/// <summary>Clear the heartbeat with the state.</summary>
public sealed record ReleaseLease : LifecycleEffect;

/// <summary>Send <c>StartRun</c> to the trainers' queue.</summary>
public sealed record SendStartRun(RunId Run) : LifecycleEffect;

/// <summary>Tell the trainers, one of which has the run, to stop its attempt.</summary>
public sealed record StopAttempt(RunId Run, StopRequest Request) : LifecycleEffect;

/// <summary>The trainer that holds the run begins another attempt after this wait.</summary>
public sealed record RetryAttempt(TimeSpan Delay) : LifecycleEffect;

/// <summary>Publish <c>RunEnded</c>.</summary>
public sealed record PublishRunEnded(RunId Run, int Attempt, RunStatus Status, string? Error) : LifecycleEffect;

/// <summary>A run of it is queued again: apply <see cref="RunResumed"/>.</summary>
public sealed record ReopenExperiment(string Experiment) : LifecycleEffect;

/// <summary>Have the coordinator prepare the experiment: <c>StartExperiment</c>.</summary>
public sealed record SendStartExperiment(string Experiment) : LifecycleEffect;

/// <summary>Offer the queued runs that have not been offered yet, in the recipe's order.</summary>
public sealed record OfferWaitingRuns(string Experiment) : LifecycleEffect;

/// <summary>Write the report, then say so with <see cref="ReportWritten"/>.</summary>
public sealed record WriteReport(string Experiment) : LifecycleEffect;

/// <summary>Publish <c>ExperimentEnded</c>.</summary>
public sealed record PublishExperimentEnded(string Experiment, ExperimentStatus Status, string? Error) : LifecycleEffect;
