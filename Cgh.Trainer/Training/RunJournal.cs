using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Training;

/// <summary>Writes run.json at the start and the end of an attempt.</summary>
internal sealed class RunJournal
{
    private readonly RunFolder _folder;
    private readonly RunFence _fence;
    private readonly RunRecord _record;

    /// <summary>Adds an attempt to the record and marks earlier unfinished ones as interrupted.</summary>
    public RunJournal(AttemptSettings settings, RunFence fence, RunEnvironment environment, long fromStep, long totalSteps, double seconds)
    {
        _folder = settings.Folder;
        _fence = fence;
        var before = settings.Record.Attempts
            .Select(attempt => attempt.Status == RunStatus.Running ? attempt with { Status = RunStatus.Interrupted } : attempt);
        var attempt = new AttemptRecord
        {
            Number = fence.Attempt,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Started = DateTimeOffset.UtcNow,
            FromStep = fromStep,
        };
        _record = settings.Record with
        {
            DatasetFolder = settings.DatasetFolder,
            Status = RunStatus.Running,
            Attempts = [.. before, attempt],
            Environment = environment,
            TotalSteps = totalSteps,
            Ended = null,
            Seconds = seconds,
            Error = null,
            Result = null,
            Derived = null,
        };
        fence.Check();
        _folder.Save(_record);
    }

    /// <summary>Records and reports the outcome.</summary>
    /// <returns>The outcome; failed if it could not be recorded.</returns>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public AttemptOutcome Finish(
        RunStatus status,
        Exception? failure,
        double seconds,
        IAttemptOutput output,
        IReadOnlyDictionary<string, EvaluationResult>? result = null,
        StageResult? derived = null)
    {
        try
        {
            End(status, failure is null ? null : Attempt.Describe(failure), result, seconds, derived);
        }
        catch (UserErrorException unwritten)
        {
            status = RunStatus.Failed;
            failure ??= unwritten;
        }

        var reason = failure is null ? null : Attempt.Describe(failure);
        output.Report(new AttemptEnded(status, reason, status == RunStatus.Completed ? result : null, seconds)
        {
            IsFinal = failure is UserErrorException { IsFinal: true },
        });
        return new AttemptOutcome(status, failure);
    }

    /// <summary>Records the outcome.</summary>
    /// <exception cref="UserErrorException">run.json cannot be written.</exception>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public void End(
        RunStatus status, string? error, IReadOnlyDictionary<string, EvaluationResult>? result, double seconds, StageResult? derived = null)
    {
        var now = DateTimeOffset.UtcNow;
        _fence.Check();
        _folder.Save(_record with
        {
            Status = status,
            Attempts = [.. _record.Attempts.SkipLast(1), _record.Attempts[^1] with { Ended = now, Status = status }],
            Ended = now,
            Seconds = seconds,
            Error = error,
            Result = result,
            Derived = derived,
        });
    }
}
