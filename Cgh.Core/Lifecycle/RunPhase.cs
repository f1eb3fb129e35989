using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Lifecycle;

/// <summary>A column of the lifecycle table: the status of a run combined with its pending stop request.</summary>
public enum RunPhase
{
    Queued,
    Running,

    /// <summary>Running, with a request to pause that has not taken effect yet.</summary>
    Pausing,

    /// <summary>Running, with a request to cancel that has not taken effect yet.</summary>
    Cancelling,
    Interrupted,
    Completed,
    Failed,
    Cancelled,
    Paused,
    Parked,
}

/// <summary>A user command to a run.</summary>
public enum RunCommand
{
    /// <summary>Stop it, or remove it from the queue.</summary>
    Cancel,

    /// <summary>Stop it at a checkpoint until it is resumed.</summary>
    Pause,

    /// <summary>Queue it again.</summary>
    Resume,
}

public static class RunPhaseExtensions
{
    /// <summary>The phase of a run.</summary>
    public static RunPhase Phase(this RunState run) => run.Status switch
    {
        // Queued with a request: written by an earlier version, which resolved it at the next attempt.
        RunStatus.Queued or RunStatus.Running when run.StopRequest is { } request => request == StopRequest.Cancel ? RunPhase.Cancelling : RunPhase.Pausing,
        RunStatus.Queued => RunPhase.Queued,
        RunStatus.Running => RunPhase.Running,
        RunStatus.Interrupted => RunPhase.Interrupted,
        RunStatus.Completed => RunPhase.Completed,
        RunStatus.Failed => RunPhase.Failed,
        RunStatus.Cancelled => RunPhase.Cancelled,
        RunStatus.Paused => RunPhase.Paused,
        RunStatus.Parked => RunPhase.Parked,
        _ => throw new ArgumentOutOfRangeException(nameof(run), run.Status, "Unknown status."),
    };

    /// <summary>A trainer is, or should be, training it.</summary>
    public static bool IsRunning(this RunPhase phase) => phase is RunPhase.Running or RunPhase.Pausing or RunPhase.Cancelling;

    /// <summary>Queued or running; any other phase lasts until a user command.</summary>
    public static bool IsActive(this RunPhase phase) => phase == RunPhase.Queued || phase.IsRunning();

    /// <summary>Whether a command is allowed and would change the run: one that only repeats a pending stop request would not.</summary>
    public static bool WouldChange(this RunState run, RunCommand command)
    {
        var trigger = command switch
        {
            RunCommand.Cancel => RunTrigger.Cancel,
            RunCommand.Pause => RunTrigger.Pause,
            RunCommand.Resume => RunTrigger.Resume,
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Unknown command."),
        };
        return run.Elsewhere is null && RunTable.Next(run.Phase(), trigger) is { } next && next != run.Phase();
    }

    /// <summary>Sets the phase and nothing else.</summary>
    internal static RunState In(this RunState run, RunPhase phase) => run with
    {
        Status = phase switch
        {
            RunPhase.Queued => RunStatus.Queued,
            RunPhase.Running or RunPhase.Pausing or RunPhase.Cancelling => RunStatus.Running,
            RunPhase.Interrupted => RunStatus.Interrupted,
            RunPhase.Completed => RunStatus.Completed,
            RunPhase.Failed => RunStatus.Failed,
            RunPhase.Cancelled => RunStatus.Cancelled,
            RunPhase.Paused => RunStatus.Paused,
            RunPhase.Parked => RunStatus.Parked,
            _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "Unknown phase."),
        },
        StopRequest = phase switch
        {
            RunPhase.Pausing => StopRequest.Pause,
            RunPhase.Cancelling => StopRequest.Cancel,
            _ => null,
        },
    };
}
