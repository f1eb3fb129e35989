using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Native;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Tracking;

namespace Cgh.Trainer.Training;

/// <summary>Outcome of an attempt.</summary>
/// <param name="Status">Completed, failed, cancelled, paused or interrupted.</param>
/// <param name="Failure">Exception of a failed attempt.</param>
internal sealed record AttemptOutcome(RunStatus Status, Exception? Failure);

/// <summary>An attempt at a run: trains from the start or the last checkpoint until the run completes or is stopped.</summary>
internal static class Attempt
{
    /// <summary>Trains on the calling thread. The outcome is recorded in run.json and in the last event.</summary>
    /// <exception cref="UserErrorException">The attempt could not start; the run folder is unchanged.</exception>
    /// <exception cref="SupersededException">A newer attempt has taken over the folder; nothing more was written.</exception>
    /// <exception cref="OperationCanceledException">The attempt was stopped before it started.</exception>
    public static AttemptOutcome Run(AttemptSettings settings, IAttemptOutput output, StopSignal stop)
    {
        using var data = TrainingData.Open(settings.Record.Spec, settings.DatasetFolder, settings.VerifyData, stop.Token);
        return AttemptFolder.Hold(settings, (current, isNew, fence) => Run(current, isNew, fence, data, output, stop));
    }

    private static AttemptOutcome Run(
        AttemptSettings settings, bool isNew, RunFence fence, TrainingData data, IAttemptOutput output, StopSignal stop)
    {
        // A resumed run keeps its device, threads and batch size; this machine's defaults may differ.
        var spec = settings.Record.Spec;
        var first = settings.Record.Environment;
        var device = first is null ? spec.Device : Enum.Parse<DeviceChoice>(first.Device, ignoreCase: true);
        var (torchDevice, environment) = TorchSettings.Apply(device, first?.Threads ?? spec.Threads, spec.Tf32, spec.CudnnBenchmark);

        var checkpoints = new CheckpointFolder(settings.Folder.Checkpoints);
        spec = first is { EvaluationBatchSize: > 0 } ? spec with { EvaluationBatchSize = first.EvaluationBatchSize } : spec;
        using var loop = new TrainingLoop(spec, data, torchDevice);
        environment = environment with { EvaluationBatchSize = loop.EvaluationBatchSize };
        if (isNew)
        {
            checkpoints.Clear();
        }

        var from = isNew ? null : Restore(settings, checkpoints, loop, data, output);
        if (from is null)
        {
            settings = settings with { Record = InitialWeights.Apply(settings.Record, loop, output.Note) };
            RunTracking.Begin(settings, data);
        }

        using var curves = new CurveFiles(settings.Folder, fence, from?.Rows ?? new Dictionary<string, int>(), data.Curves(spec));
        var tensorBoard = new TensorBoardLog(settings.Folder);
        var recorder = new RunRecorder(settings, loop, curves, checkpoints, fence, tensorBoard, output, data.Fingerprint, from?.Seconds ?? 0);

        // From here on, the run has status running, and every exit must record the outcome.
        var journal = new RunJournal(settings, fence, environment, loop.StepsDone, loop.TotalSteps, from?.Seconds ?? 0);
        var started = new AttemptStarted(loop.StepsDone, loop.TotalSteps, curves.NumericRows, environment);
        return Train(settings, data, started, loop, recorder, fence, journal, output, stop);
    }

    private static AttemptOutcome Train(
        AttemptSettings settings,
        TrainingData data,
        AttemptStarted started,
        TrainingLoop loop,
        RunRecorder recorder,
        RunFence fence,
        RunJournal journal,
        IAttemptOutput output,
        StopSignal stop)
    {
        var status = RunStatus.Failed;
        Exception? failure = null;
        IReadOnlyDictionary<string, EvaluationResult>? result = null;

        // Unflushed rows are lost, but they are after the last checkpoint, where resuming truncates the curves.
        Allocator.WhenExhausted(reason =>
        {
            journal.End(RunStatus.Failed, reason, result: null, recorder.Seconds);
            output.Report(new AttemptEnded(RunStatus.Failed, reason, Result: null, recorder.Seconds));
        });
        try
        {
            try
            {
                output.Report(started);
                result = loop.Run(recorder, stop.Token);
                fence.Check();
                SafeTensors.Write(settings.Folder.Model, loop.Model, SafeTensors.ForPyTorch, fence.Check);
                RunTracking.Derive(settings, data);
                status = RunStatus.Completed;
            }
            catch (OperationCanceledException)
            {
                recorder.Checkpoint();
                status = stop.Status;
            }
        }
        catch (Exception error) when (error is not SupersededException)
        {
            // Any exception, such as out of memory on a GPU, must be recorded as a failure.
            status = RunStatus.Failed;
            failure = error;
        }
        finally
        {
            Allocator.WhenExhausted(null);
        }

        recorder.Flush();
        return journal.Finish(status, failure, recorder.Seconds, output, result);
    }

    /// <summary>Describes a failure in one line.</summary>
    public static string Describe(Exception failure) => failure is UserErrorException || WriteError.Is(failure)
        ? UserText.FirstLine(failure)
        : $"Unexpected {failure.GetType().Name}: {UserText.FirstLine(failure)}";

    private static Checkpoint? Restore(AttemptSettings settings, CheckpointFolder checkpoints, TrainingLoop loop, TrainingData data, IAttemptOutput output)
    {
        if (checkpoints.ReadNewest(output.Note) is not var (state, tensors))
        {
            output.Note($"{settings.Folder.Path} has no checkpoint; starting from the beginning.");
            return null;
        }

        try
        {
            RunTracking.CheckUnchanged(settings, state.Spec);
            // Tracking has been compared: trackEvery may be left out for 1.
            if (state.Spec with { TrackEvery = settings.Record.Spec.TrackEvery } != settings.Record.Spec)
            {
                throw new UserErrorException(
                    $"The spec in {settings.Folder.Record} does not match the checkpoint. Restore run.json, or restart the run from the beginning.");
            }

            if (state.Data != data.Fingerprint)
            {
                throw new UserErrorException(
                    $"{settings.DatasetFolder} or its label set '{settings.Record.Spec.Labels}' has changed since the run started. "
                    + "Restore the data, or restart the run from the beginning.");
            }

            loop.Position = (state.Epoch, state.Step, state.Evaluated);
            RunTracking.Check(settings, data, state);
            if (loop.IsWithinTrackedEpoch)
            {
                loop.Tracker.Restore(tensors.GetValueOrDefault(LearningTracker.TensorName));
            }

            loop.Restore(tensors.Where(entry => entry.Key != LearningTracker.TensorName).ToDictionary());
        }
        finally
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }
        }

        return state;
    }
}
