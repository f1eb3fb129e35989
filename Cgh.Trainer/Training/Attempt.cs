using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Native;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Training;

/// <summary>How an attempt ended.</summary>
/// <param name="Status">Completed, failed, cancelled, paused or interrupted.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record AttemptOutcome(RunStatus Status, Exception? Failure);

/// <summary>One go at a run: from the beginning or from its last checkpoint, to its end or to where it is stopped.</summary>
internal static class Attempt
{
    /// <summary>Trains on the calling thread. How it ended is in run.json and in the last event.</summary>
    /// <exception cref="UserErrorException">It could not begin; the run folder is as it was.</exception>
    /// <exception cref="SupersededException">A newer attempt has taken the folder; nothing more was written.</exception>
    /// <exception cref="OperationCanceledException">Stopped before it began.</exception>
    public static AttemptOutcome Run(AttemptSettings settings, IAttemptOutput output, StopSignal stop)
    {
        using var data = TrainingData.Open(settings.Record.Spec, settings.DatasetFolder, settings.VerifyData, stop.Token);
        var isNew = settings.Record.Attempts.Count == 0;
        Directory.CreateDirectory(settings.Folder.Path);
        using var held = RunLock.Take(settings.Folder, settings.Number);
        if (isNew && settings.Folder.Exists)
        {
            throw new UserErrorException($"{settings.Folder.Path} holds a run already. Go on with it with: Cgh.Trainer resume {settings.Folder.Path} (or choose another --name or --out).");
        }

        try
        {
            // What another process wrote before it let go of the folder.
            return Run(isNew ? settings : settings with { Record = settings.Folder.Load() }, isNew, data, output, stop);
        }
        catch when (isNew && settings.Number is null && !settings.Folder.Exists)
        {
            held.DeleteUnused();
            throw;
        }
    }

    private static AttemptOutcome Run(AttemptSettings settings, bool isNew, TrainingData data, IAttemptOutput output, StopSignal stop)
    {
        var fence = new RunFence(settings.Folder, settings.Number ?? settings.Folder.NewestAttempt() + 1);
        settings.Folder.Claim(fence.Attempt);
        fence.Check();

        // A resumed run goes on with what it began with: the machine's default may be another by now.
        var begun = settings.Record.Environment;
        var device = begun is null ? settings.Record.Spec.Device : Enum.Parse<DeviceChoice>(begun.Device, ignoreCase: true);
        var (torchDevice, environment) = TorchSettings.Apply(device, begun?.Threads ?? settings.Record.Spec.Threads, settings.Record.Spec.Tf32, settings.Record.Spec.CudnnBenchmark);

        var checkpoints = new CheckpointFolder(settings.Folder.Checkpoints);
        var spec = begun is { EvaluationBatchSize: > 0 } ? settings.Record.Spec with { EvaluationBatchSize = begun.EvaluationBatchSize } : settings.Record.Spec;
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
        }

        using var curves = new CurveFiles(settings.Folder, fence, from?.Rows ?? new Dictionary<string, int>());
        var recorder = new RunRecorder(settings, loop, curves, checkpoints, fence, new TensorBoardLog(settings.Folder), output, data.Fingerprint, from?.Seconds ?? 0);

        // From here on run.json says that it runs, and every way out says how it ended.
        var journal = new RunJournal(settings, fence, environment, loop.StepsDone, loop.TotalSteps, from?.Seconds ?? 0);
        var started = new AttemptStarted(loop.StepsDone, loop.TotalSteps, curves.Rows, environment);
        return Train(settings, started, loop, recorder, fence, journal, output, stop);
    }

    private static AttemptOutcome Train(AttemptSettings settings, AttemptStarted started, TrainingLoop loop, RunRecorder recorder, RunFence fence, RunJournal journal, IAttemptOutput output, StopSignal stop)
    {
        var status = RunStatus.Failed;
        Exception? failure = null;
        IReadOnlyDictionary<string, EvaluationResult>? result = null;

        // Rows that are not flushed then are behind the last checkpoint, where a resumed run cuts the curves anyway.
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
            // Whatever it is, such as a GPU out of memory: the record must say that the run has failed, and why.
            status = RunStatus.Failed;
            failure = error;
        }
        finally
        {
            Allocator.WhenExhausted(null);
        }

        recorder.Flush();
        try
        {
            journal.End(status, failure is null ? null : Describe(failure), result, recorder.Seconds);
        }
        catch (UserErrorException unwritten)
        {
            status = RunStatus.Failed;
            failure ??= unwritten;
        }

        output.Report(new AttemptEnded(status, failure is null ? null : Describe(failure), status == RunStatus.Completed ? result : null, recorder.Seconds)
        {
            IsFinal = failure is UserErrorException { IsFinal: true },
        });
        return new AttemptOutcome(status, failure);
    }

    /// <summary>A failure in one line.</summary>
    public static string Describe(Exception failure) => failure is UserErrorException or IOException or UnauthorizedAccessException
        ? AtomicFile.FirstLine(failure)
        : $"Unexpected {failure.GetType().Name}: {AtomicFile.FirstLine(failure)}";

    private static Checkpoint? Restore(AttemptSettings settings, CheckpointFolder checkpoints, TrainingLoop loop, TrainingData data, IAttemptOutput output)
    {
        if (checkpoints.ReadNewest(output.Note) is not var (state, tensors))
        {
            output.Note($"{settings.Folder.Path} has no checkpoint yet: starting from the beginning.");
            return null;
        }

        try
        {
            if (state.Spec != settings.Record.Spec)
            {
                throw new UserErrorException($"{settings.Folder.Record} and the checkpoint name different specs. Restore run.json, or train the run anew.");
            }

            if (state.Data != data.Fingerprint)
            {
                throw new UserErrorException($"{settings.DatasetFolder} or its label set '{settings.Record.Spec.Labels}' is not what the run began with. Restore the data, or train the run anew.");
            }

            loop.Restore(tensors);
        }
        finally
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }
        }

        loop.Position = (state.Epoch, state.Step, state.Evaluated);
        return state;
    }
}
