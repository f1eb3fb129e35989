using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Lifecycle;

/// <summary>An action required by a transition. Lease effects are part of the store's write; all others follow it and are idempotent.</summary>
public abstract record LifecycleEffect;

/// <summary>Write this holder's heartbeat together with the state.</summary>
public sealed record TakeLease(string Holder) : LifecycleEffect;

/// <summary>Delete the heartbeat together with the state.</summary>
public sealed record ReleaseLease : LifecycleEffect;

/// <summary>Send <c>StartRun</c> to the trainers' queue.</summary>
public sealed record SendStartRun(RunId Run) : LifecycleEffect;

/// <summary>Tell the trainer that holds the run to stop its attempt.</summary>
public sealed record StopAttempt(RunId Run, StopRequest Request) : LifecycleEffect;

/// <summary>The trainer that holds the run starts another attempt after this delay.</summary>
public sealed record RetryAttempt(TimeSpan Delay) : LifecycleEffect;

/// <summary>Publish <c>RunEnded</c>.</summary>
public sealed record PublishRunEnded(RunId Run, int Attempt, RunStatus Status, string? Error) : LifecycleEffect;

/// <summary>Apply <see cref="RunResumed"/> to the experiment.</summary>
public sealed record ReopenExperiment(string Experiment) : LifecycleEffect;

/// <summary>Send <c>StartExperiment</c> to the coordinator.</summary>
public sealed record SendStartExperiment(string Experiment) : LifecycleEffect;

/// <summary>Send the runs that are not in the trainers' queue yet, in the recipe's order.</summary>
public sealed record OfferWaitingRuns(string Experiment) : LifecycleEffect;

/// <summary>Write the report, then apply <see cref="ReportWritten"/>.</summary>
public sealed record WriteReport(string Experiment) : LifecycleEffect;

/// <summary>Publish <c>ExperimentEnded</c>.</summary>
public sealed record PublishExperimentEnded(string Experiment, ExperimentStatus Status, string? Error) : LifecycleEffect;
