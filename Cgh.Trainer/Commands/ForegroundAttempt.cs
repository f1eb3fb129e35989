using System.Runtime.ExceptionServices;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Native;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Stages;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary>Runs an attempt in this process and handles its output, stop requests and exit code.</summary>
internal static class ForegroundAttempt
{
    /// <summary>Exit code of a cancelled run.</summary>
    public const int CancelledCode = 3;

    /// <summary>Exit code of a run that was paused, or interrupted by a signal or the end of standard input.</summary>
    public const int InterruptedCode = 130;

    private static readonly TimeSpan s_heartbeatInterval = TimeSpan.FromSeconds(2);

    /// <summary>Trains on the first thread of the process and leaves the caller's thread free to handle signals.</summary>
    /// <param name="settings">Settings of the attempt.</param>
    /// <param name="supervised">Whether to write events to standard output and read stop requests from standard input.</param>
    /// <param name="interrupt">Cancelled by Ctrl-C and by every other signal that ends a process.</param>
    public static Task<int> RunAsync(AttemptSettings settings, bool supervised, CancellationToken interrupt) =>
        MainThread.RunAsync(() => Run(settings, supervised, interrupt));

    /// <summary>Reports the outcome without an attempt, such as for a run that is already complete.</summary>
    public static int Report(AttemptSettings settings, bool supervised, AttemptEnded ended)
    {
        var output = Output(settings, supervised);
        output.Around(() => output.Report(ended));
        return ExitCode(ended.Status);
    }

    private static int Run(AttemptSettings settings, bool supervised, CancellationToken interrupt)
    {
        using var stop = new StopSignal(interrupt);
        var output = Output(settings, supervised);
        using var alive = supervised ? new Timer(_ => output.Report(new AttemptAlive()), state: null, s_heartbeatInterval, s_heartbeatInterval) : null;
        if (supervised)
        {
            StopRequestReader.Follow(Console.In, stop);
        }

        AttemptOutcome? outcome = null;
        output.Around(() => outcome = Run(settings, output, stop, supervised));
        if (outcome!.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return ExitCode(outcome.Status);
    }

    private static AttemptOutcome Run(AttemptSettings settings, IAttemptOutput output, StopSignal stop, bool supervised)
    {
        try
        {
            return settings.Record.Spec.Derive is null ? Attempt.Run(settings, output, stop) : StageAttempt.Run(settings, output, stop);
        }
        catch (OperationCanceledException)
        {
            output.Report(new AttemptEnded(stop.Status, Error: null, Result: null, settings.Record.Seconds));
            return new AttemptOutcome(stop.Status, Failure: null);
        }
        catch (SupersededException newer)
        {
            output.Note(newer.Message);
            output.Report(new AttemptEnded(RunStatus.Interrupted, Error: null, Result: null, settings.Record.Seconds) { IsSuperseded = true });
            return new AttemptOutcome(RunStatus.Interrupted, Failure: null);
        }
        catch (Exception error) when (supervised)
        {
            // Report the error to the supervisor. CommandLine prints it and sets the exit code.
            output.Report(new AttemptEnded(RunStatus.Failed, Attempt.Describe(error), Result: null, settings.Record.Seconds)
            {
                IsFinal = error is UserErrorException { IsFinal: true },
            });
            throw;
        }
    }

    private static IAttemptOutput Output(AttemptSettings settings, bool supervised) =>
        supervised ? new SupervisedOutput(Console.Out, Console.Error)
        : Console.IsOutputRedirected ? new PlainOutput(settings.Record.Spec, settings.Folder)
        : new LiveOutput(settings.Record.Spec, settings.Folder);

    private static int ExitCode(RunStatus status) => status switch
    {
        RunStatus.Completed => 0,
        RunStatus.Cancelled => CancelledCode,
        RunStatus.Interrupted or RunStatus.Paused => InterruptedCode,
        _ => 1,
    };
}
