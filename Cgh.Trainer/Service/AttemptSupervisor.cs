using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.Trainer.Checkpoints;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// Trains a run: starts an attempt, writes what it tells to the run store, publishes that there is something new, and starts another
/// after one that failed, until the run has ended, is parked or is handed back.
/// </summary>
internal sealed partial class AttemptSupervisor(
    PatientRunStore store, EventPublisher events, TrainerTelemetry telemetry, DataFolder data, IOptions<TrainerOptions> options, ILogger<AttemptSupervisor> log)
{
    private const int WrongCommandLine = 2;

    // Four in the time for which the store believes in a trainer that says nothing.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_stopSignalComes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_fillPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_shareLookAgain = TimeSpan.FromSeconds(2);

    /// <summary>Trains the run until it ends or is put aside; when <paramref name="stop"/> is cancelled, the attempt writes a checkpoint and the run is handed back.</summary>
    /// <param name="id">The run.</param>
    /// <param name="held">Where wishes come from.</param>
    /// <param name="stop">This process is to end.</param>
    /// <exception cref="OperationCanceledException">The run was handed back.</exception>
    public async Task TrainAsync(RunId id, HeldRun held, CancellationToken stop)
    {
        int? last = null;
        while (true)
        {
            if (!await WaitForFolderAsync(id, last, stop) || await store.FindRunAsync(id, stop) is not { } run || await BeginAsync(id, stop) is not { } attempt)
            {
                await LeaveAsync(id, last);
                stop.ThrowIfCancellationRequested();
                return;
            }

            last = attempt;
            events.Publish(new RunStarted(id, attempt, ThisTrainer.Host));
            if (await AttemptAsync(run, attempt, held, stop) is not { } again)
            {
                return;
            }

            await PauseAsync(id, attempt, again, stop);
        }
    }

    // The store gives the number, above those that the run folder knows; from now on the folder belongs to it.
    private async Task<int?> BeginAsync(RunId id, CancellationToken stop)
    {
        var after = 0;
        try
        {
            after = Folder(id).ClaimedAttempt();
            after = Folder(id).NewestAttempt();
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            // The attempt says what is wrong with the folder or its run.json.
        }

        return await store.BeginAttemptAsync(id, ThisTrainer.Host, ThisTrainer.Holder, after, stop);
    }

    /// <returns>How long to wait before the next attempt; null when there is to be none.</returns>
    private async Task<TimeSpan?> AttemptAsync(RunState run, int attempt, HeldRun held, CancellationToken stop)
    {
        var id = run.Id;
        using var span = telemetry.Begin(id, attempt);
        AttemptBegun(log, id, attempt);
        var before = NewestCheckpoint(id);
        AttemptEnded ended;
        try
        {
            ended = await SuperviseAsync(run, attempt, held, stop);
        }
        catch (SupersededRunException)
        {
            ended = new AttemptEnded(RunStatus.Interrupted, Error: null, Result: null, Seconds: 0) { IsSuperseded = true };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever went wrong around the attempt, the run has a status and a reason.
            ended = new AttemptEnded(RunStatus.Failed, AtomicFile.FirstLine(error), Result: null, Seconds: 0);
        }

        if (ended.IsSuperseded)
        {
            telemetry.Ended(id, span, "superseded", error: null);
            Superseded(log, id, attempt);
            return null;
        }

        if (ended.Status == RunStatus.Interrupted && !stop.IsCancellationRequested)
        {
            // A signal to the whole group reaches the attempt before it reaches this process.
            await Task.WhenAny(Task.Delay(s_stopSignalComes, stop));
        }

        var progressed = NewestCheckpoint(id) > before;
        var failures = ended.Status != RunStatus.Failed || !IsFolderThere(id) ? 0 : progressed ? 1 : run.Failures + 1;
        // A run that this service gives back on its way out waits for the next trainer: it has not ended. Nor has one whose attempt a signal ended.
        var mayGoOn = ended.Status == RunStatus.Interrupted || ended is { Status: RunStatus.Failed, IsFinal: false };
        var handedBack = mayGoOn && stop.IsCancellationRequested;
        var retried = mayGoOn && !handedBack && failures < options.Value.MostFailures;
        var status = handedBack || retried ? RunStatus.Queued : mayGoOn ? RunStatus.Parked : ended.Status;
        telemetry.Ended(id, span, handedBack ? "handed-back" : ended.Status.ToString().ToLowerInvariant(), ended.Error);
        if (ended.Error is { } reason)
        {
            AttemptFailed(log, id, attempt, reason);
        }
        else
        {
            AttemptOver(log, id, attempt, handedBack ? "handed back" : ended.Status.ToString().ToLowerInvariant());
        }

        RunState Change(RunState state) => state with
        {
            Status = status,
            Error = handedBack ? null : ended.Error,
            Failures = handedBack ? state.Failures : failures,
            Offered = DateTimeOffset.UtcNow,
            Ended = status.IsAtRest() ? DateTimeOffset.UtcNow : null,
            SecondsLeft = null,
            Latest = ended.Result ?? state.Latest,
            Epoch = status == RunStatus.Completed ? state.Spec.Epochs : state.Epoch,
            Step = status == RunStatus.Completed ? state.TotalSteps : state.Step,
        };

        // Not with the stop token: this is the end that others wait for.
        if (retried)
        {
            await store.UpdateRunAsync(id, attempt, Change, CancellationToken.None);
            return ended.Status == RunStatus.Interrupted ? TimeSpan.Zero : options.Value.RetryAfter * Math.Pow(2, Math.Max(0, failures - 1));
        }

        await EndAsync(id, attempt, Change, stop);
        if (handedBack)
        {
            stop.ThrowIfCancellationRequested();
        }

        events.Publish(new RunEnded(id, attempt, status, ended.Error));
        return null;
    }

    // A store that was emptied just now may be filled with what the run folder said a moment ago: it is waited for, or it would hold the run for running.
    private async Task EndAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop)
    {
        for (var began = Stopwatch.GetTimestamp(); !await store.EndAttemptAsync(id, attempt, change, CancellationToken.None); await Task.WhenAny(Task.Delay(s_lookAgain, stop)))
        {
            if (stop.IsCancellationRequested
                || Stopwatch.GetElapsedTime(began) > s_fillPatience
                || await store.FindRunAsync(id, CancellationToken.None) is not null
                || await store.IsFilledAsync(CancellationToken.None))
            {
                return;
            }
        }
    }

    private async Task<AttemptEnded> SuperviseAsync(RunState run, int attempt, HeldRun held, CancellationToken stop)
    {
        var experiment = new ExperimentFolder(Path.Combine(data.Experiments, run.Id.Experiment));
        var folder = experiment.Run(run.Id.Name);
        Directory.CreateDirectory(folder.Path);
        if (!folder.Claim(attempt))
        {
            throw new SupersededRunException();
        }

        string? spec = null;
        List<string> arguments = ["--supervised", "--attempt", attempt.ToString(CultureInfo.InvariantCulture), "--data", data.Root];
        if (folder.Exists)
        {
            arguments.InsertRange(0, ["resume", folder.Path]);
        }
        else
        {
            // On standard input, not in a file: a service that is killed would leave it behind.
            spec = JsonSerializer.Serialize(ShareOfTheMachine(run.Spec), CghJson.Line);
            arguments.InsertRange(0, ["train", "--spec", "-", "--out", experiment.Path]);
        }

        await using var process = AttemptProcess.Start(options.Value.Program, arguments, spec);
        using var over = new CancellationTokenSource();
        var watch = new Watch();
        var beating = BeatAsync(run.Id, attempt, held, process, watch, over.Token);
        var listening = ListenAsync(process, watch, over.Token);
        await using var handBack = stop.Register(process.HandBack);
        await using var patience = stop.Register(() => process.KillAfter(options.Value.StopGrace));
        held.Attach(process);
        try
        {
            AttemptEnded? ended = null;
            while (await process.Events.WaitToReadAsync(CancellationToken.None))
            {
                var told = new List<AttemptEvent>();
                while (process.Events.TryRead(out var happened))
                {
                    told.Add(happened);
                }

                ended = told.OfType<AttemptEnded>().LastOrDefault() ?? ended;
                await TellAsync(run, attempt, told);
            }

            var exitCode = await process.WaitAsync(CancellationToken.None);
            return watch.IsSuperseded ? throw new SupersededRunException() : ended ?? new AttemptEnded(
                RunStatus.Failed,
                watch.Hung ?? $"The attempt's process ended with exit code {exitCode} and no word. {process.LastError ?? "It wrote nothing to standard error."}",
                Result: null,
                Seconds: 0)
            {
                IsFinal = exitCode == WrongCommandLine,
            };
        }
        finally
        {
            held.Attach(process: null);
            await over.CancelAsync();
            await Task.WhenAll(beating, listening);
        }
    }

    // A run that leaves its thread count open gets its part of the cores, or runs beside each other would crowd them.
    private RunSpec ShareOfTheMachine(RunSpec spec) =>
        spec.Threads > 0 ? spec : spec with { Threads = Math.Max(1, Environment.ProcessorCount / options.Value.ConcurrentRuns) };

    // What came together, as an evaluation's sets do, changes the run's state in the store once; then the events say that it has.
    private async Task TellAsync(RunState subject, int attempt, IReadOnlyList<AttemptEvent> told)
    {
        var changes = new List<Func<RunState, RunState>>();
        var news = new List<object>();
        foreach (var happened in told)
        {
            await TellAsync(subject, attempt, happened, changes, news);
        }

        if (changes.Count > 0)
        {
            await FenceAsync(store.UpdateRunAsync(subject.Id, attempt, state => changes.Aggregate(state, (changed, change) => change(changed))), subject.Id, attempt);
        }

        foreach (var one in news)
        {
            events.Publish(one);
        }
    }

    private async Task TellAsync(RunState subject, int attempt, AttemptEvent told, List<Func<RunState, RunState>> changes, List<object> news)
    {
        var run = subject.Id;
        switch (told)
        {
            case AttemptStarted started:
                await FenceAsync(store.TrimCurvesAsync(run, attempt, started.Rows), run, attempt);
                foreach (var (curve, kept) in started.Rows)
                {
                    // A store that came back without its last writes has fewer rows than the checkpoint.
                    await AppendAsync(run, attempt, curve, kept, []);
                }

                changes.Add(state => state with { Step = started.Step, TotalSteps = started.TotalSteps });
                break;
            case AttemptProgressed now:
                telemetry.Progressed(run, subject.Spec.BatchSize, now);
                changes.Add(state => state with
                {
                    Attempt = attempt,
                    Host = ThisTrainer.Host,
                    Status = RunStatus.Running,
                    Ended = null,
                    Error = null,
                    Epoch = now.Epoch,
                    Step = now.Step,
                    TotalSteps = now.TotalSteps,
                    Loss = now.Loss,
                    ImagesPerSecond = now.ImagesPerSecond,
                    InputWait = now.InputWait,
                    SecondsLeft = now.SecondsLeft,
                });
                news.Add(new RunProgressed(run, attempt, now.Step, now.TotalSteps));
                break;
            case AttemptRows rows:
                await AppendAsync(run, attempt, rows.Curve, rows.First, rows.Rows);
                if (rows.Rows is [.., [_, var count, var loss, var acc1, var acc5]])
                {
                    var result = new EvaluationResult((int)count, loss, acc1, acc5);
                    changes.Add(state => state with { Latest = new Dictionary<string, EvaluationResult>(state.Latest) { [rows.Curve] = result } });
                }

                news.Add(new SetEvaluated(run, attempt, rows.Curve, rows.First + rows.Rows.Count));
                break;
            case AttemptEnded { Status: RunStatus.Completed }:
                // A service that died between the last rows and the end left them to the CSVs: this attempt had nothing to train, and told none.
                foreach (var curve in Curves.All)
                {
                    await FenceAsync(store.AppendRowsAsync(run, attempt, curve, 0, Folder(run).ReadCurve(curve)), run, attempt);
                }

                break;
            case AttemptAlive or AttemptEnded:
                break;
        }
    }

    private async Task AppendAsync(RunId run, int attempt, string curve, int first, IReadOnlyList<double[]> rows)
    {
        try
        {
            await FenceAsync(store.AppendRowsAsync(run, attempt, curve, first, rows), run, attempt);
        }
        catch (CurveGapException)
        {
            // The store's server lost rows; the CSV has them all, these included.
            var all = Folder(run).ReadCurve(curve);
            await FenceAsync(store.AppendRowsAsync(run, attempt, curve, 0, all), run, attempt);
        }
    }

    // A store that lost the run (it was flushed) does not end the training: the run folder is the record.
    private async Task FenceAsync(Task<bool> write, RunId run, int attempt)
    {
        if (!await write && await IsSupersededAsync(run, attempt))
        {
            throw new SupersededRunException();
        }
    }

    private async Task<bool> IsSupersededAsync(RunId run, int attempt, CancellationToken stop = default) =>
        await store.FindRunAsync(run, stop) is { } state && state.Attempt > attempt;

    // Gives signs of life, and looks for wishes whose message was lost.
    private async Task BeatAsync(RunId run, int attempt, HeldRun held, AttemptProcess process, Watch watch, CancellationToken over)
    {
        try
        {
            while (true)
            {
                if (!await store.BeatAsync(run, attempt, ThisTrainer.Holder, over) && await IsSupersededAsync(run, attempt, over))
                {
                    watch.IsSuperseded = true;
                    process.Kill();
                    return;
                }

                if ((await store.FindRunAsync(run, over))?.StopRequest is { } request)
                {
                    held.Tell(request);
                }

                await Task.Delay(s_heartbeat, over);
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
        }
    }

    // Ends a process that hangs: one that works says every few seconds that it is alive.
    private async Task ListenAsync(AttemptProcess process, Watch watch, CancellationToken over)
    {
        try
        {
            // Counted in looks, not by the clock: a service that stood still itself has not listened meanwhile.
            var silent = TimeSpan.Zero;
            while (silent < options.Value.Silence)
            {
                await Task.Delay(s_lookAgain, over);
                silent = process.Silence < silent + s_lookAgain ? process.Silence : silent + s_lookAgain;
            }

            watch.Hung = string.Create(CultureInfo.InvariantCulture, $"The attempt's process gave no sign of life for {options.Value.Silence.TotalSeconds:0} seconds and was ended.");
            process.Kill();
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
        }
    }

    // Between two attempts the run waits in this trainer's hands.
    private async Task PauseAsync(RunId id, int attempt, TimeSpan length, CancellationToken stop)
    {
        for (var left = length; left > TimeSpan.Zero && !stop.IsCancellationRequested; left -= s_lookAgain)
        {
            await store.BeatAsync(id, attempt, ThisTrainer.Holder, CancellationToken.None);
            await Task.WhenAny(Task.Delay(left < s_lookAgain ? left : s_lookAgain, stop));
        }
    }

    // A share that has vanished comes back: that is no failure of the run. False when the run is not to go on, or this process is to end.
    private async Task<bool> WaitForFolderAsync(RunId id, int? attempt, CancellationToken stop)
    {
        for (var said = false; !IsFolderThere(id); await Task.WhenAny(Task.Delay(s_shareLookAgain, stop)))
        {
            if (stop.IsCancellationRequested || await store.FindRunAsync(id, CancellationToken.None) is not { Status: RunStatus.Queued or RunStatus.Running or RunStatus.Interrupted, StopRequest: null } run)
            {
                return false;
            }

            if (!said)
            {
                said = true;
                FolderAway(log, id, new ExperimentFolder(Path.Combine(data.Experiments, id.Experiment)).Record);
            }

            if (run.IsHeld && attempt is { } mine)
            {
                await store.BeatAsync(id, mine, ThisTrainer.Holder, CancellationToken.None);
            }
        }

        return !stop.IsCancellationRequested;
    }

    // The experiment's record is written before its first run begins.
    private bool IsFolderThere(RunId id) => File.Exists(new ExperimentFolder(Path.Combine(data.Experiments, id.Experiment)).Record);

    // Nothing of the run is left to this trainer; what was wished of it while it was in nobody's hands comes about.
    private async Task LeaveAsync(RunId id, int? attempt)
    {
        if (attempt is { } mine)
        {
            await store.EndAttemptAsync(id, mine, state => state with { Offered = DateTimeOffset.UtcNow }, CancellationToken.None);
        }

        await SettleAsync(id);
    }

    /// <summary>Does what is wished of a run that no trainer has in its hands; false when nothing is.</summary>
    public async Task<bool> SettleAsync(RunId id)
    {
        if (await store.FindRunAsync(id, CancellationToken.None) is not { Status: RunStatus.Running, IsHeld: false, StopRequest: { } request } run)
        {
            return false;
        }

        var status = request == StopRequest.Cancel ? RunStatus.Cancelled : RunStatus.Paused;
        if (await store.EndAttemptAsync(id, run.Attempt, state => state with { Status = status, Ended = DateTimeOffset.UtcNow, SecondsLeft = null }, CancellationToken.None))
        {
            events.Publish(new RunEnded(id, run.Attempt, status, run.Error));
        }

        return true;
    }

    private long NewestCheckpoint(RunId id)
    {
        try
        {
            return CheckpointFolder.NewestStep(Folder(id).Checkpoints);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A share that has vanished holds none.
            return 0;
        }
    }

    private RunFolder Folder(RunId id) => new ExperimentFolder(Path.Combine(data.Experiments, id.Experiment)).Run(id.Name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} at {Run} was superseded by a newer one and has ended.")]
    private static partial void Superseded(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} at {Run} begins.")]
    private static partial void AttemptBegun(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} at {Run} is over: {Outcome}.")]
    private static partial void AttemptOver(ILogger log, RunId run, int attempt, string outcome);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} at {Run} failed: {Reason}")]
    private static partial void AttemptFailed(ILogger log, RunId run, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} waits: {Record} is not there. Is a share away?")]
    private static partial void FolderAway(ILogger log, RunId run, string record);

    private sealed class Watch
    {
        public volatile bool IsSuperseded;

        public volatile string? Hung;
    }

    private sealed class SupersededRunException : Exception;
}
