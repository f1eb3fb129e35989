using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>
/// Mends what a crash, a lost message or a lost store left behind; one trainer at a time does it for all. A store that has lost
/// everything is filled from the run folders; a run whose trainer is gone is queued again; a queued run without a message gets one; an
/// experiment whose runs are all at rest is closed. Every step can be taken twice.
/// </summary>
internal sealed partial class Housekeeping(
    PatientRunStore store, IBus bus, ExperimentCoordinator coordinator, AttemptSupervisor supervisor, RunningAttempts running, DataFolder data, ILogger<Housekeeping> log)
    : BackgroundService
{
    private const string FillLock = "fill";
    private const string SweepLock = "sweep";
    private const int SweepsBetween = 15;

    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_justOver = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_secondLook = TimeSpan.FromSeconds(5);

    // A message that was sent has long come to a trainer with a free slot by then.
    private static readonly TimeSpan s_messageIsLost = TimeSpan.FromSeconds(15);

    // Making a dataset may take hours; asking again costs little and mends an answer that was lost.
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMinutes(5);

    private readonly Dictionary<RunId, (int Attempt, long Since)> _silent = [];
    private readonly Dictionary<string, string> _recorded = [];
    private int _sweeps;
    private readonly Dictionary<string, string> _said = [];
    private string _unknown = "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TryAsync("everything", async () =>
                {
                    await FillAsync(stoppingToken);
                    await SweepAsync(stoppingToken);
                });
                await Task.Delay(s_every, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await ReleaseAsync();
        }
    }

    // What could not be done now is tried again soon; the same reason is said once. One experiment must not hold up the others.
    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
            _said.Remove(what);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var reason = AtomicFile.FirstLine(error);
            if (_said.GetValueOrDefault(what) != reason)
            {
                _said[what] = reason;
                NotDone(log, what, reason);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await store.ReleaseLockAsync(SweepLock, ThisTrainer.Holder, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The store is away: the lock goes by itself.
        }
    }

    // Two that fill at once, because one took longer than its lock lasts, do each other no harm: what is there already is not added.
    private async Task FillAsync(CancellationToken stop)
    {
        if (await store.IsFilledAsync(stop) || !await store.TakeLockAsync(FillLock, ThisTrainer.Holder, s_lockExpiry, stop))
        {
            return;
        }

        if (!await store.IsFilledAsync(stop))
        {
            var all = 0;
            // Until there is nothing more to add: a store that is emptied meanwhile must not be called filled.
            for (var added = -1; added != 0; all += added)
            {
                added = await store.FromFoldersAsync(data, log, RebuildAs.Live, stop);
            }

            await store.MarkFilledAsync(stop);
            Filled(log, all);
        }

        await store.ReleaseLockAsync(FillLock, ThisTrainer.Holder, stop);
    }

    private async Task SweepAsync(CancellationToken stop)
    {
        if (!await store.IsFilledAsync(stop))
        {
            return;
        }

        // Those that have long been over change seldom, and those beyond the newest are many.
        var all = _sweeps % SweepsBetween == 0;
        var experiments = await (all ? store.ListExperimentsAsync(int.MaxValue, stop) : store.ListExperimentsAsync(stop: stop));
        var open = experiments.Where(experiment => !experiment.Status.IsOver()).OrderBy(experiment => experiment.Created).ToList();
        await OfferLostAsync(open, stop);
        if (!await store.TakeLockAsync(SweepLock, ThisTrainer.Holder, s_lockExpiry, stop))
        {
            return;
        }

        _sweeps++;
        foreach (var experiment in open)
        {
            await TryAsync(experiment.Id, () => MendAsync(experiment, stop));
        }

        foreach (var experiment in experiments.Where(experiment => all || !experiment.Status.IsOver() || DateTimeOffset.UtcNow - experiment.Ended < s_justOver))
        {
            await TryAsync($"{experiment.Id}, what rests", async () => RecordResting(experiment.Id, await store.ListRunsAsync(experiment.Id, stop)));
        }

        if (all)
        {
            await AddUnknownAsync([.. experiments.Select(experiment => experiment.Id)], stop);
        }
    }

    // A server that came back with older contents lacks what is newer; a share that was away when the store was filled has come back.
    private async Task AddUnknownAsync(HashSet<string> known, CancellationToken stop)
    {
        var unknown = !Directory.Exists(data.Experiments) ? [] : Directory.GetDirectories(data.Experiments)
            .Where(path => !known.Contains(Path.GetFileName(path)) && File.Exists(new ExperimentFolder(path).Record))
            .ToArray();
        var names = string.Join(';', unknown);
        // Those that cannot be added are still unknown next time; why is said once.
        if (names.Length > 0 && names != _unknown)
        {
            AddedUnknown(log, await store.FromFoldersAsync(data, log, RebuildAs.Live, stop));
        }

        _unknown = names;
    }

    private async Task MendAsync(ExperimentState experiment, CancellationToken stop)
    {
        foreach (var run in await store.ListRunsAsync(experiment.Id, stop))
        {
            // Nobody gives signs of life for it: its trainer is dead, or has been silent for longer than the store waits.
            if (IsLost(run) && !await supervisor.SettleAsync(run.Id))
            {
                _silent.Remove(run.Id);
                var queued = false;
                await store.UpdateRunAsync(
                    run.Id,
                    run.Attempt,
                    state =>
                    {
                        queued = state.Status == RunStatus.Running;
                        return queued ? state with { Status = RunStatus.Queued, SecondsLeft = null } : state;
                    },
                    stop);
                if (queued)
                {
                    Lost(log, run.Id, run.Host ?? "its trainer");
                    await coordinator.OfferAsync(bus, run, experiment.Recipe.Priority, stop);
                }
            }
        }

        if (experiment.Status == ExperimentStatus.Preparing && (experiment.Asked is not { } asked || DateTimeOffset.UtcNow - asked > s_askAgain)
            && DateTimeOffset.UtcNow - experiment.Created > s_messageIsLost)
        {
            await coordinator.PrepareAsync(bus, experiment, stop);
        }

        if (experiment.Status == ExperimentStatus.Running)
        {
            foreach (var run in await store.ListRunsAsync(experiment.Id, stop))
            {
                if (run is { Status: RunStatus.Queued, Offered: null } && DateTimeOffset.UtcNow - run.Queued > s_messageIsLost)
                {
                    await coordinator.OfferAsync(bus, run, experiment.Recipe.Priority, stop);
                }
            }
        }

        await coordinator.CloseIfOverAsync(bus, experiment.Id, stop);
    }

    // Only after a second look: a store that was away comes back without signs of life, and they take a moment.
    private bool IsLost(RunState run)
    {
        if (run is not { Status: RunStatus.Running, IsHeld: false } || running.Holds(run.Id))
        {
            _silent.Remove(run.Id);
            return false;
        }

        _silent.TryAdd(run.Id, (run.Attempt, Stopwatch.GetTimestamp()));
        var (attempt, since) = _silent[run.Id];
        if (attempt != run.Attempt)
        {
            _silent[run.Id] = (run.Attempt, Stopwatch.GetTimestamp());
            return false;
        }

        return Stopwatch.GetElapsedTime(since) > s_secondLook;
    }

    // A trainer with a free slot has had every message there is: what waits longer has none. Those first that would be first in the queue.
    private async Task OfferLostAsync(List<ExperimentState> open, CancellationToken stop)
    {
        var free = running.FreeSlots;
        foreach (var experiment in open.Where(experiment => experiment.Status == ExperimentStatus.Running).OrderByDescending(experiment => experiment.Recipe.Priority))
        {
            if (free <= 0)
            {
                return;
            }

            foreach (var run in await store.ListRunsAsync(experiment.Id, stop))
            {
                if (free > 0 && run is { Status: RunStatus.Queued, IsHeld: false, Offered: { } offered } && DateTimeOffset.UtcNow - offered > s_messageIsLost)
                {
                    free--;
                    WithoutMessage(log, run.Id);
                    await coordinator.OfferAsync(bus, run, experiment.Recipe.Priority, stop);
                }
            }
        }
    }

    // A damaged record says nothing, and must not keep what the others are from being noted.
    private static RunStatus? StatusIn(RunFolder folder)
    {
        try
        {
            return folder.Exists ? folder.Load().Status : null;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    // So that a store that has to be filled from the folders knows them.
    private void RecordResting(string experiment, IReadOnlyList<RunState> runs)
    {
        var folder = new ExperimentFolder(Path.Combine(data.Experiments, experiment));
        var seen = string.Join(';', runs.Select(run => $"{run.Status} {run.Error}"));
        if (_recorded.GetValueOrDefault(experiment) == seen || !File.Exists(folder.Record))
        {
            return;
        }

        var resting = new Dictionary<string, RestingRun>();
        foreach (var run in runs.Where(run => run.Status.IsAtRest() && run.Status != RunStatus.Completed))
        {
            var known = folder.Run(run.Id.Name);
            if (StatusIn(known) != run.Status)
            {
                resting[run.Id.Name] = new RestingRun(run.Status, run.Error);
            }
        }

        var record = CghJson.Load<ExperimentRecord>(folder.Record);
        if (record.Resting.Count != resting.Count || resting.Any(run => record.Resting.GetValueOrDefault(run.Key) != run.Value))
        {
            CghJson.Save(folder.Record, record with { Resting = resting });
        }

        _recorded[experiment] = seen;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run store was empty and has been filled from the run folders: {Experiments} experiments.")]
    private static partial void Filled(ILogger log, int experiments);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} is queued again: {Host} gives no sign of life.")]
    private static partial void Lost(ILogger log, RunId run, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is queued and no message came for it; it gets one.")]
    private static partial void WithoutMessage(ILogger log, RunId run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The housekeeping ({What}) could not be done and is tried again. {Reason}")]
    private static partial void NotDone(ILogger log, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run store lacked experiments that have folders, and has been given {Experiments} of them.")]
    private static partial void AddedUnknown(ILogger log, int experiments);
}
