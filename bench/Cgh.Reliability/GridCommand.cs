using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary><c>grid</c>: measures the speed-up by a second trainer and the overhead of the services.</summary>
internal static class GridCommand
{
    private const string Help = """
        Trains a grid of RM3 runs with different seeds, one thread each. First from the command line, one at a time and two at a time,
        as the baseline; then with the services, with two trainers (after a few short runs as warm-up) and with one trainer, each with
        one run at a time. Each trainer is pinned to a processor (taskset, Linux only); the command line uses the first trainer's.
        Requires an idle machine with at least two processors.
        """;

    private const int Images = 1600;
    private const int StepsPerEpoch = Images / 16;

    // JIT compilation costs a service 1.7 s of processor time at its first run. Trainers run for days, but a grid takes only a minute here.
    private const int WarmUpRuns = 8;
    private const int WarmUpEpochs = 3;
    private const double MinSpeedUp = 1.9;
    private const double MaxOverheadSeconds = 1;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(20);

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Runs in the grid.", DefaultValueFactory = _ => 8 }.MustBeBetween(1);
        var epochs = new Option<int>("--epochs") { Description = $"Epochs per run, of {StepsPerEpoch} steps.", DefaultValueFactory = _ => 15 }.MustBeBetween(1);
        var repeats = new Option<int>("--repeats") { Description = "Number of repetitions.", DefaultValueFactory = _ => 3 }.MustBeBetween(1);
        var json = MeasurementReport.JsonOption();
        var command = new Command("grid", Help) { runs, epochs, repeats, json };
        command.SetAction((parse, cancellationToken) =>
            RunAsync(parse.GetValue(runs), parse.GetValue(epochs), parse.GetValue(repeats), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int runs, int epochs, int repeats, string? json, CancellationToken cancellationToken)
    {
        await using var measured = await MeasuredServices.StartAsync(cancellationToken);
        var trainer = await measured.Services.StartTrainerAsync(cancellationToken, processor: 0);
        await measured.PrepareAsync(cancellationToken, Images);
        var plain = new List<double>();
        var plainTwo = new List<double>();
        var one = new List<double>();
        var two = new List<double>();
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            // Command line only. The overhead of the idle services is negligible.
            var recipe = Grid($"grid-{repeat}", runs, epochs);
            plain.Add(await CommandLineAsync(measured, recipe.Runs, $"plain-{repeat}", trainers: 1, cancellationToken));
            plainTwo.Add(await CommandLineAsync(measured, recipe.Runs, $"plain-two-{repeat}", trainers: 2, cancellationToken));
            MeasuredServices.Log(string.Create(
                CultureInfo.InvariantCulture, $"{repeat + 1} of {repeats}: command line {plain[^1]:F1} s, two at a time {plainTwo[^1]:F1} s"));
            ServiceProcess second;
            await using (second = await measured.Services.StartTrainerAsync(cancellationToken, processor: 1))
            {
                await SecondsAsync(measured, Grid($"warm-{repeat}", WarmUpRuns, WarmUpEpochs), cancellationToken);
                two.Add(await SecondsAsync(measured, recipe with { Name = $"two-{repeat}" }, cancellationToken));
                await second.TerminateAsync(cancellationToken);
            }

            one.Add(await SecondsAsync(measured, recipe with { Name = $"one-{repeat}" }, cancellationToken));
        }

        _ = trainer;
        var report = new MeasurementReport("grid");
        report.Add("grid", $"{runs} runs of RM3, {epochs * StepsPerEpoch} steps, one thread each");
        report.AddSeconds("command line, one at a time", plain);
        report.AddSeconds("command line, two at a time", plainTwo);
        report.AddSeconds("one trainer", one);
        report.AddSeconds("two trainers", two);
        var speedUp = one.Zip(two, (first, second) => first / second).ToArray();
        var overhead = plain.Zip(one, (bare, served) => (served - bare) / runs).ToArray();
        report.Add("speed-up by two at a time", MeanAndValues(plain.Zip(plainTwo, (first, second) => first / second).ToArray(), "0.00", "x"));
        report.Add("speed-up by two trainers", MeanAndValues(speedUp, "0.00", "x"));
        report.Add("overhead of the services per run", MeanAndValues(overhead, "0.00", "s"));
        report.AddTarget("mean speed-up by two trainers at least 1.9 x", speedUp.Average() >= MinSpeedUp);
        report.AddTarget("mean overhead per run below 1 s", overhead.Average() < MaxOverheadSeconds);
        return report.Write(json);
    }

    // Trains with a number of concurrent processes, each pinned to a processor.
    private static async Task<double> CommandLineAsync(
        MeasuredServices measured, IReadOnlyList<RunSpec> specs, string name, int trainers, CancellationToken cancellationToken)
    {
        var left = new ConcurrentQueue<RunSpec>(specs);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, trainers).Select(async processor =>
        {
            while (left.TryDequeue(out var spec))
            {
                await measured.TrainAsync(spec, Path.Combine(measured.Services.Data.Root, name), cancellationToken, processor);
            }
        }));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // Runs of equal length, unlike a mix of rules, where one trainer would be last to finish with a slow M3 run. Logging and checkpoints
    // have the default intervals; the other measurements write at every step.
    private static Recipe Grid(string name, int runs, int epochs)
    {
        var recipe = MeasuredServices.Recipe(name, runs, epochs, Images);
        var usual = new RunSpec();
        return recipe with
        {
            Runs =
            [
                .. recipe.Runs.Select((run, seed) => run with
                {
                    Name = $"rm3-{seed:D2}",
                    Rule = RuleChoice.Parse("rm3"),
                    Seed = (uint)seed,
                    LogEvery = usual.LogEvery,
                    CheckpointMinutes = usual.CheckpointMinutes,
                }),
            ],
        };
    }

    private static async Task<double> SecondsAsync(MeasuredServices measured, Recipe recipe, CancellationToken cancellationToken)
    {
        var id = await measured.SubmitAsync(recipe, cancellationToken);
        var ended = await measured.WaitForEndAsync(id, s_timeout, cancellationToken);
        if (ended.Status != ExperimentStatus.Completed)
        {
            throw new InvalidOperationException($"{id} ended with status {ended.Status}: {ended.Error}");
        }

        var seconds = (ended.Ended!.Value - ended.Created).TotalSeconds;
        MeasuredServices.Log(string.Create(CultureInfo.InvariantCulture, $"{id}: {seconds:F1} s from submission to completion"));
        return seconds;
    }

    private static string MeanAndValues(double[] all, string format, string unit)
    {
        var each = string.Join(", ", all.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));
        return $"mean {all.Average().ToString(format, CultureInfo.InvariantCulture)} {unit} ({each})";
    }
}
