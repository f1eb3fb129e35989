using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Starts an attempt, writes what it tells to the run store, and publishes that there is something new.</summary>
internal sealed partial class AttemptSupervisor(
    IRunStore store, IBus bus, RunningAttempts running, DataFolder data, IOptions<TrainerOptions> options, ILogger<AttemptSupervisor> log)
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(4);

    /// <summary>Trains the run until it ends; when <paramref name="stop"/> is cancelled, the attempt writes a checkpoint and the run is handed back.</summary>
    /// <exception cref="OperationCanceledException">The run was handed back.</exception>
    public async Task TrainAsync(RunState run, CancellationToken stop)
    {
        var host = Environment.MachineName;
        if (await store.BeginAttemptAsync(run.Id, host, stop) is not { } attempt)
        {
            return;
        }

        await bus.Publish(new RunStarted(run.Id, attempt, host), stop);
        AttemptEnded ended;
        try
        {
            ended = await SuperviseAsync(run, attempt, stop);
        }
        catch (SupersededException)
        {
            Superseded(log, run.Id, attempt);
            return;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever went wrong around the attempt, the run has a status and a reason.
            AttemptFailed(log, error, run.Id, attempt);
            ended = new AttemptEnded(RunStatus.Failed, WholeFile.FirstLine(error), Result: null, Seconds: 0);
        }

        // A run that this service gives back on its way out waits for the next trainer: it has not ended.
        var handedBack = ended.Status == RunStatus.Interrupted && stop.IsCancellationRequested;

        // Not with the stop token: this is the end that others wait for.
        await store.UpdateRunAsync(
            run.Id,
            attempt,
            state => state with
            {
                Status = handedBack ? RunStatus.Queued : ended.Status,
                Error = ended.Error,
                Ended = handedBack ? null : DateTimeOffset.UtcNow,
                SecondsLeft = null,
                Latest = ended.Result ?? state.Latest,
                Epoch = ended.Status == RunStatus.Completed ? state.Spec.Epochs : state.Epoch,
                Step = ended.Status == RunStatus.Completed ? state.TotalSteps : state.Step,
            },
            CancellationToken.None);
        if (handedBack)
        {
            stop.ThrowIfCancellationRequested();
        }

        await bus.Publish(new RunEnded(run.Id, attempt, ended.Status, ended.Error), CancellationToken.None);
    }

    private async Task<AttemptEnded> SuperviseAsync(RunState run, int attempt, CancellationToken stop)
    {
        var experiment = new ExperimentFolder(Path.Combine(data.Experiments, run.Id.Experiment));
        var folder = experiment.Run(run.Id.Name);
        var specFile = Path.Combine(Path.GetTempPath(), $"cgh-{Guid.NewGuid():n}.json");
        string[] arguments;
        if (folder.Exists)
        {
            arguments = ["resume", folder.Path, "--supervised"];
        }
        else
        {
            Directory.CreateDirectory(experiment.Path);
            CghJson.Save(specFile, ShareOfTheMachine(run.Spec));
            arguments = ["train", "--spec", specFile, "--out", experiment.Path, "--data", data.Root, "--supervised"];
        }

        await using var process = AttemptProcess.Start(options.Value.Program, arguments);
        running.Add(run.Id, process);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var beating = BeatAsync(run.Id, attempt, process, over.Token);
        await using var handBack = stop.Register(process.HandBack);
        try
        {
            if (await store.IsCancelRequestedAsync(run.Id, stop))
            {
                process.Cancel();
            }

            AttemptEnded? ended = null;
            await foreach (var told in process.Events)
            {
                ended = told as AttemptEnded ?? ended;
                await TellAsync(run.Id, attempt, told);
            }

            using var patience = new CancellationTokenSource(options.Value.StopGrace);
            var exitCode = await process.WaitAsync(patience.Token);
            return ended ?? new AttemptEnded(
                RunStatus.Failed,
                $"The attempt's process ended with exit code {exitCode} and no word. {process.LastError ?? "It wrote nothing to standard error."}",
                Result: null,
                Seconds: 0);
        }
        finally
        {
            running.Remove(run.Id);
            await over.CancelAsync();
            await beating;
            File.Delete(specFile);
        }
    }

    // A run that leaves its thread count open gets its part of the cores, or runs beside each other would crowd them.
    private RunSpec ShareOfTheMachine(RunSpec spec) =>
        spec.Threads > 0 ? spec : spec with { Threads = Math.Max(1, Environment.ProcessorCount / options.Value.ConcurrentRuns) };

    private async Task TellAsync(RunId run, int attempt, AttemptEvent told)
    {
        switch (told)
        {
            case AttemptStarted started:
                await FenceAsync(store.TrimCurvesAsync(run, attempt, started.Rows), run);
                await FenceAsync(store.UpdateRunAsync(run, attempt, state => state with { Step = started.Step, TotalSteps = started.TotalSteps }), run);
                break;
            case AttemptProgressed now:
                await FenceAsync(
                    store.UpdateRunAsync(
                        run,
                        attempt,
                        state => state with
                        {
                            Epoch = now.Epoch,
                            Step = now.Step,
                            TotalSteps = now.TotalSteps,
                            Loss = now.Loss,
                            ImagesPerSecond = now.ImagesPerSecond,
                            InputWait = now.InputWait,
                            SecondsLeft = now.SecondsLeft,
                        }),
                    run);
                await bus.Publish(new RunProgressed(run, attempt, now.Step, now.TotalSteps));
                break;
            case AttemptRows rows:
                await FenceAsync(store.AppendRowsAsync(run, attempt, rows.Curve, rows.First, rows.Rows), run);
                if (rows.Rows is [.., [_, var count, var loss, var acc1, var acc5]])
                {
                    var result = new EvaluationResult((int)count, loss, acc1, acc5);
                    await FenceAsync(
                        store.UpdateRunAsync(
                            run,
                            attempt,
                            state => state with { Latest = new Dictionary<string, EvaluationResult>(state.Latest) { [rows.Curve] = result } }),
                        run);
                }

                await bus.Publish(new SetEvaluated(run, attempt, rows.Curve, rows.First + rows.Rows.Count));
                break;
            case AttemptEnded:
                break;
        }
    }

    // A store that lost the run (it was flushed) does not end the training: the run folder is the record.
    private async Task FenceAsync(Task<bool> write, RunId run)
    {
        if (!await write && await store.FindRunAsync(run) is not null)
        {
            throw new SupersededException();
        }
    }

    private async Task BeatAsync(RunId run, int attempt, AttemptProcess process, CancellationToken over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_heartbeat, over);
                if (!await store.BeatAsync(run, attempt, over) && await store.FindRunAsync(run, over) is not null)
                {
                    process.Kill();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
        }
        catch (StackExchange.Redis.RedisException error)
        {
            // The attempt's own writes say what becomes of it.
            NoHeartbeat(log, error, run);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} at {Run} was superseded by a newer one and has ended.")]
    private static partial void Superseded(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} at {Run} failed.")]
    private static partial void AttemptFailed(ILogger log, Exception error, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No sign of life could be given for {Run}.")]
    private static partial void NoHeartbeat(ILogger log, Exception error, RunId run);

    private sealed class SupersededException : Exception;
}
