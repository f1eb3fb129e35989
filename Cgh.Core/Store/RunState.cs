using Cgh.Core.Runs;

namespace Cgh.Core.Store;

/// <summary>Live state of a run.</summary>
public sealed record RunState
{
    public required RunId Id { get; init; }

    public required RunSpec Spec { get; init; }

    public RunStatus Status { get; init; } = RunStatus.Queued;

    /// <summary>Number of the last attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    public string? Host { get; init; }

    public required DateTimeOffset Queued { get; init; }

    /// <summary>When a queued run was last offered to the trainers; null while it waits for its dataset.</summary>
    public DateTimeOffset? Offered { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>When the last attempt began.</summary>
    public DateTimeOffset? AttemptStarted { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Epochs done, with the part of the current one.</summary>
    public double Epoch { get; init; }

    public long Step { get; init; }

    /// <summary>0 while unknown.</summary>
    public long TotalSteps { get; init; }

    public double? Loss { get; init; }

    public double ImagesPerSecond { get; init; }

    public double InputWait { get; init; }

    public double? SecondsLeft { get; init; }

    /// <summary>Last figures of each evaluation set, by the names of <see cref="Curves"/>.</summary>
    public IReadOnlyDictionary<string, EvaluationResult> Latest { get; init; } = new Dictionary<string, EvaluationResult>();

    /// <summary>Best figures of each evaluation set.</summary>
    public IReadOnlyDictionary<string, BestResult> Best { get; init; } = new Dictionary<string, BestResult>();

    /// <summary>One line: why it failed or is parked, or, while it is queued, what its last attempt died of.</summary>
    public string? Error { get; init; }

    /// <summary>Attempts that failed in a row without a new checkpoint between them.</summary>
    public int Failures { get; init; }

    /// <summary>The newest attempt that was counted as a failure; 0 if none was.</summary>
    public int LastFailure { get; init; }

    /// <summary>
    /// The process that trains this run without this laboratory's trainers, such as one started from the command line; null for all other runs. No command
    /// reaches it, and no trainer takes the run before it has ended.
    /// </summary>
    public string? Elsewhere { get; init; }

    /// <summary>What a user has asked of a running run and has not come about yet.</summary>
    public StopRequest? StopRequest { get; init; }

    /// <summary>The trainer's process that has this run and sends heartbeats. The store fills it in.</summary>
    public string? Holder { get; init; }

    /// <summary>A trainer has this run and sends heartbeats.</summary>
    public bool IsHeld => Holder is not null;

    /// <summary>False when a running run's trainer has given no sign of life for a while; the store fills it in.</summary>
    public bool Responding { get; init; } = true;
}

/// <summary>How a running run is to be stopped.</summary>
public enum StopRequest
{
    Cancel,
    Pause,
}
