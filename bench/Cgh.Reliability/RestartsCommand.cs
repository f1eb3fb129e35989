using System.CommandLine;
using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Runs;

namespace Cgh.Reliability;

/// <summary><c>restarts</c>: restarts servers and checks that runs survive.</summary>
internal static class RestartsCommand
{
    private const string Help = """
        While two runs are training and a third is queued: restarts the broker, kills (SIGKILL) and restarts it, kills and restarts
        Redis, and flushes Redis. Each time, every run must end with the results of an uninterrupted run, in its first attempt.
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Repetitions of each restart.", DefaultValueFactory = _ => 3 }.MustBeBetween(1);
        var epochs = new Option<int>("--epochs") { Description = "Epochs per run, of 16 steps.", DefaultValueFactory = _ => 12 }.MustBeBetween(1);
        var seed = new Option<int>("--seed") { Description = "Seed of the times.", DefaultValueFactory = _ => 0 };
        var json = MeasurementReport.JsonOption();
        var command = new Command("restarts", Help) { repeats, epochs, seed, json };
        command.SetAction((parse, cancellationToken) =>
            RunAsync(parse.GetValue(repeats), parse.GetValue(epochs), new Random(parse.GetValue(seed)), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int repeats, int epochs, Random random, string? json, CancellationToken cancellationToken)
    {
        await using var measured = await MeasuredServices.StartAsync(cancellationToken);
        await measured.Services.StartTrainerAsync(cancellationToken);
        await measured.Services.StartTrainerAsync(cancellationToken);
        await measured.PrepareAsync(cancellationToken);
        var services = measured.Services;
        (string Name, Func<Task> Do)[] disturbances =
        [
            ("broker restarted", async () =>
            {
                await services.Broker.StopAsync();
                await services.Broker.StartAgainAsync(cancellationToken);
            }),
            ("broker killed and restarted", async () =>
            {
                await services.Broker.KillAsync();
                await services.Broker.StartAgainAsync(cancellationToken);
            }),
            ("Redis killed, and restarted after 2 seconds", async () =>
            {
                await services.Redis.KillAsync();
                await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
                await services.Redis.StartAgainAsync(cancellationToken);
            }),
            ("Redis flushed", services.FlushAsync),
        ];
        var report = new MeasurementReport("restarts");
        foreach (var (name, disturb) in disturbances)
        {
            var same = 0;
            var runs = 0;
            var attempts = 0;
            var away = new List<double>();
            var back = new List<double>();
            var different = new List<string>();
            for (var repeat = 0; repeat < repeats; repeat++)
            {
                MeasuredServices.Log($"{name}: {repeat + 1} of {repeats}");
                var recipe = MeasuredServices.Recipe($"restarts-{Array.FindIndex(disturbances, it => it.Name == name)}-{repeat}", runs: 3, epochs);
                var id = await measured.SubmitAsync(recipe, cancellationToken);
                var first = new RunId(id, recipe.Runs[0].Name);
                var step = random.Next(16, (epochs * 16) - 32);
                await services.WaitAsync(first, run => run.Step > step, s_timeout, cancellationToken);

                var began = Stopwatch.GetTimestamp();
                await disturb();
                away.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
                var reached = services.Folder(first).ReadCurve(Curves.Train).Count;
                var returned = Stopwatch.GetTimestamp();
                await services.WaitAsync(first, run => run.Step > reached || run.Status == RunStatus.Completed, s_timeout, cancellationToken);
                back.Add(Stopwatch.GetElapsedTime(returned).TotalSeconds);

                await measured.WaitForEndAsync(id, s_timeout, cancellationToken);
                foreach (var spec in recipe.Runs)
                {
                    var run = new RunId(id, spec.Name);
                    var differences = await measured.DifferencesAsync(run, spec, cancellationToken);
                    different.AddRange(differences);
                    runs++;
                    same += differences.Count == 0 ? 1 : 0;
                    attempts += services.Folder(run).Load().Attempts.Count;
                }
            }

            report.Add(name, $"{repeats} times, {runs} runs: {same} identical to uninterrupted runs, {attempts} attempts");
            report.AddSeconds("  duration", away);
            report.AddSeconds("  then, until the store has new progress", back);
            foreach (var difference in different)
            {
                report.Add("  DIFFERENT", difference);
            }

            report.AddTarget($"{name}: every run identical to an uninterrupted one, in its first attempt", same == runs && attempts == runs);
        }

        return report.Write(json);
    }
}
