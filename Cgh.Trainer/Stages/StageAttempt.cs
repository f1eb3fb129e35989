using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Native;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Stages;

/// <summary>An attempt at a stage. It has no checkpoints: an attempt starts from the beginning, and what it derives is the same each time.</summary>
internal static class StageAttempt
{
    /// <summary>Derives on the calling thread. The outcome is recorded in run.json and in the last event.</summary>
    /// <exception cref="UserErrorException">The attempt could not start; the run folder is unchanged.</exception>
    /// <exception cref="SupersededException">A newer attempt has taken over the folder; nothing more was written.</exception>
    /// <exception cref="OperationCanceledException">The attempt was stopped before it started.</exception>
    public static AttemptOutcome Run(AttemptSettings settings, IAttemptOutput output, StopSignal stop) =>
        AttemptFolder.Hold(settings, (current, _, fence) => RunHeld(current, fence, output, stop));

    private static AttemptOutcome RunHeld(AttemptSettings settings, RunFence fence, IAttemptOutput output, StopSignal stop)
    {
        var spec = settings.Record.Spec;
        var (device, environment) = TorchSettings.Apply(spec.Device, spec.Threads, spec.Tf32, spec.CudnnBenchmark);
        var derive = spec.Derive ?? throw new ArgumentException($"{spec.Name} derives nothing.", nameof(settings));
        using var stage = Stage.Open(derive, settings, device);
        environment = environment with { EvaluationBatchSize = stage.BatchSize };

        // From here on, the run has status running, and every exit must record the outcome.
        var journal = new RunJournal(settings, fence, environment, fromStep: 0, stage.Total, seconds: 0);
        output.Report(new AttemptStarted(0, stage.Total, new Dictionary<string, int>(), environment));
        return Derive(stage, fence, journal, output, stop);
    }

    private static AttemptOutcome Derive(Stage stage, RunFence fence, RunJournal journal, IAttemptOutput output, StopSignal stop)
    {
        var began = Stopwatch.GetTimestamp();
        double Seconds() => Stopwatch.GetElapsedTime(began).TotalSeconds;
        var status = RunStatus.Failed;
        Exception? failure = null;
        StageResult? result = null;
        try
        {
            result = stage.Derive(fence, Progress, stop.Token);
            status = RunStatus.Completed;
        }
        catch (OperationCanceledException)
        {
            status = stop.Status;
        }
        catch (Exception error) when (error is not SupersededException)
        {
            // Any exception must be recorded as a failure.
            failure = error;
        }

        return journal.Finish(status, failure, Seconds(), output, derived: result);

        void Progress(int done)
        {
            var seconds = Seconds();
            output.Report(new AttemptProgressed(
                (double)done / stage.Total, done, stage.Total, Loss: 0, done / seconds, InputWait: 0, seconds * (stage.Total - done) / done));
        }
    }
}
