using System.CommandLine;
using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary><c>kills</c>: kills processes at random times and checks that every run ends with the results of an uninterrupted run.</summary>
internal static class KillsCommand
{
    private const string Help = """
        Keeps trainers busy with small runs and kills (SIGKILL) one of them at random times: its service, its attempt, or both at
        once, as if the machine failed. A killed service is replaced. Finally, every run is compared with the same run trained from
        the command line: weights and curves byte by byte, and the curves in the store.
        """;

    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Number of kills.", DefaultValueFactory = _ => 50 }.MustBeBetween(1);
        var trainers = new Option<int>("--trainers") { Description = "Number of trainers, with one run at a time.", DefaultValueFactory = _ => 3 }
            .MustBeBetween(1);
        var seed = new Option<int>("--seed") { Description = "Seed of the times and processes to kill.", DefaultValueFactory = _ => 0 };
        var epochs = new Option<int>("--epochs") { Description = "Epochs per run, of 16 steps.", DefaultValueFactory = _ => 6 }.MustBeBetween(1);
        var minutes = new Option<int>("--minutes") { Description = "Stop killing after this time.", DefaultValueFactory = _ => 30 }.MustBeBetween(1);
        var json = MeasurementReport.JsonOption();
        var command = new Command("kills", Help) { kills, trainers, seed, epochs, minutes, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var measured = await MeasuredServices.StartAsync(cancellationToken);
            var test = new KillTest(measured, new Random(parse.GetValue(seed)), parse.GetValue(epochs));
            var limit = TimeSpan.FromMinutes(parse.GetValue(minutes));
            return await test.RunAsync(parse.GetValue(trainers), parse.GetValue(kills), limit, parse.GetValue(json), cancellationToken);
        });
        return command;
    }

    private enum Victim
    {
        Service,
        Attempt,
        Machine,
    }

    private sealed class KillTest(MeasuredServices measured, Random random, int epochs)
    {
        private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);
        private static readonly TimeSpan s_maxResumeTime = TimeSpan.FromSeconds(30);

        private readonly List<ServiceProcess> _trainers = [];
        private readonly List<(RunId Run, RunSpec Spec)> _runs = [];
        private readonly List<Task> _recoveries = [];
        private readonly Dictionary<Victim, List<double>> _seconds = Enum.GetValues<Victim>().ToDictionary(victim => victim, _ => new List<double>());
        private int _experiments;

        public async Task<int> RunAsync(int trainers, int kills, TimeSpan limit, string? json, CancellationToken cancellationToken)
        {
            for (var i = 0; i < trainers; i++)
            {
                _trainers.Add(await measured.Services.StartTrainerAsync(cancellationToken));
            }

            await measured.PrepareAsync(cancellationToken);
            var began = Stopwatch.GetTimestamp();
            var done = 0;
            while (done < kills && Stopwatch.GetElapsedTime(began) < limit)
            {
                await RefillQueueAsync(cancellationToken);
                await Task.Delay(random.Next(200, 3000), cancellationToken);
                if (await KillOneAsync(cancellationToken) is { } killed)
                {
                    MeasuredServices.Log($"kill {++done} of {kills}: {killed}");
                }
            }

            MeasuredServices.Log("waiting for all runs to end");
            await Task.WhenAll(_recoveries);
            foreach (var experiment in _runs.Select(run => run.Run.Experiment).Distinct())
            {
                await measured.WaitForEndAsync(experiment, s_timeout, cancellationToken);
            }

            var took = Stopwatch.GetElapsedTime(began);
            MeasuredServices.Log("comparing each run with an uninterrupted one");
            var different = new List<string>();
            var same = 0;
            var attempts = 0;
            var hit = 0;
            foreach (var (run, spec) in _runs)
            {
                var differences = await measured.DifferencesAsync(run, spec, cancellationToken);
                different.AddRange(differences);
                same += differences.Count == 0 ? 1 : 0;
                var tries = measured.Services.Folder(run).Load().Attempts.Count;
                attempts += tries;
                hit += tries > 1 ? 1 : 0;
            }

            var report = new MeasurementReport("kills");
            report.Add("kill -9", $"{done}: {string.Join(", ", _seconds.Select(kind => $"{kind.Value.Count} {Words(kind.Key)}"))}");
            report.Add("trainers", $"{trainers}");
            report.Add("runs", $"{_runs.Count} of {epochs * 16} steps, {hit} of them killed at least once; {attempts} attempts");
            report.Add("runs with the weights and curves of an uninterrupted run", $"{same} of {_runs.Count}");
            foreach (var (victim, seconds) in _seconds)
            {
                report.AddSeconds($"from killing {Words(victim)} to the next attempt's first step", seconds);
            }

            report.Add("time", $"{took:h\\:mm\\:ss}");
            foreach (var difference in different)
            {
                report.Add("DIFFERENT", difference);
            }

            report.AddTarget($"{kills} kills", done == kills);
            report.AddTarget("every run identical to an uninterrupted one, none lost, none counted twice", different.Count == 0);
            var resumed = _seconds.Values.SelectMany(seconds => seconds).ToList();
            var inTime = resumed.Count(seconds => seconds <= s_maxResumeTime.TotalSeconds);
            report.AddTarget($"resumed within {s_maxResumeTime.TotalSeconds:0} s: {inTime} of {resumed.Count} kills", inTime == resumed.Count);
            return report.Write(json);
        }

        private static string Words(Victim victim) => victim switch
        {
            Victim.Service => "a trainer's service",
            Victim.Attempt => "an attempt",
            _ => "service and attempt",
        };

        // Enough runs that no trainer is idle, but few enough that the kills determine the duration.
        private async Task RefillQueueAsync(CancellationToken cancellationToken)
        {
            var open = 0;
            foreach (var (run, _) in _runs.TakeLast(_trainers.Count * 6))
            {
                open += await measured.Services.Store.FindRunAsync(run, cancellationToken) is { } state && state.Status.IsActive() ? 1 : 0;
            }

            if (open <= _trainers.Count)
            {
                var recipe = MeasuredServices.Recipe($"kills-{_experiments++}", runs: 4, epochs);
                var id = await measured.SubmitAsync(recipe, cancellationToken);
                _runs.AddRange(recipe.Runs.Select(spec => (new RunId(id, spec.Name), spec)));
            }
        }

        // Returns null if the trainer is not training at this time.
        private async Task<string?> KillOneAsync(CancellationToken cancellationToken)
        {
            var at = random.Next(_trainers.Count);
            var victim = (Victim)random.Next(3);
            var trainer = _trainers[at];
            if (trainer.Attempts() is not [var attempt] || Training(attempt) is not { } run)
            {
                return null;
            }

            var before = (await measured.Services.Store.FindRunAsync(run, cancellationToken))!;
            if (before.Status != RunStatus.Running)
            {
                return null;
            }

            var killed = Stopwatch.GetTimestamp();
            switch (victim)
            {
                case Victim.Service:
                    await trainer.KillAsync();
                    break;
                case Victim.Machine:
                    await trainer.KillWithAttemptsAsync();
                    break;
                default:
                    ChildProcess.SignalTo(attempt, "KILL");
                    break;
            }

            _recoveries.Add(RecoverAsync(run, before.Attempt, victim, killed, cancellationToken));
            if (victim != Victim.Attempt)
            {
                _trainers[at] = await measured.Services.StartTrainerAsync(cancellationToken);
            }

            return $"{Words(victim)}, {run} at step {before.Step}";
        }

        // Finds the run that a process trains, by the process id in the run folder.
        private RunId? Training(int processId)
        {
            foreach (var (run, _) in _runs)
            {
                var folder = measured.Services.Folder(run);
                if (folder.Exists && folder.Load() is { Status: RunStatus.Running, Attempts: [.., var last] } && last.ProcessId == processId)
                {
                    return run;
                }
            }

            return null;
        }

        private async Task RecoverAsync(RunId run, int attempt, Victim victim, long killed, CancellationToken cancellationToken)
        {
            await measured.Services.WaitAsync(
                run,
                state => state.Attempt > attempt && (state.Step > 0 || !state.Status.IsActive()) && state.ImagesPerSecond > 0,
                s_timeout,
                cancellationToken);
            lock (_seconds)
            {
                _seconds[victim].Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            }
        }
    }
}
