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

/// <summary><c>grid</c>: what a second trainer brings, and what the services cost.</summary>
internal static class GridCommand
{
    private const string Help = """
        Trains a grid of RM3's runs, a seed and a thread each: from the command line, one by one and two at a time, which says what the
        machine has to give; then through the services with two trainers, after a few short runs for both, and with one, each of one run at a time.
        Each trainer has a processor of its own, as on a machine of its own (taskset, so Linux only), and the command line the first one's.
        Needs an idle machine with two processors or more.
        """;

    private const int Images = 1600;
    private const int StepsAnEpoch = Images / 16;

    // A service compiles what it does for a run when it does it first, 1.7 s of a processor: trainers serve for days, a grid here takes a minute.
    private const int WarmUpRuns = 8;
    private const int WarmUpEpochs = 3;
    private const double MinSpeedUp = 1.9;
    private const double MaxOverheadSeconds = 1;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(20);

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Of the grid.", DefaultValueFactory = _ => 8 }.MustBeBetween(1);
        var epochs = new Option<int>("--epochs") { Description = $"Of {StepsAnEpoch} steps, for each run.", DefaultValueFactory = _ => 15 }.MustBeBetween(1);
        var repeats = new Option<int>("--repeats") { Description = "Of the whole.", DefaultValueFactory = _ => 3 }.MustBeBetween(1);
        var json = MeasurementReport.JsonOption();
        var command = new Command("grid", Help) { runs, epochs, repeats, json };
        command.SetAction((parse, cancellationToken) => RunAsync(parse.GetValue(runs), parse.GetValue(epochs), parse.GetValue(repeats), parse.GetValue(json), cancellationToken));
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
            // The first measurement is of the command line alone: the waiting services cost it nothing worth measuring.
            var recipe = Grid($"grid-{repeat}", runs, epochs);
            plain.Add(await CommandLineAsync(measured, recipe.Runs, $"plain-{repeat}", trainers: 1, cancellationToken));
            plainTwo.Add(await CommandLineAsync(measured, recipe.Runs, $"plain-two-{repeat}", trainers: 2, cancellationToken));
            MeasuredServices.Log(string.Create(CultureInfo.InvariantCulture, $"{repeat + 1} of {repeats}: command line {plain[^1]:F1} s, two at a time {plainTwo[^1]:F1} s"));
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
        report.Add("grid", $"{runs} runs of RM3, {epochs * StepsAnEpoch} steps, one thread each");
        report.AddSeconds("one by one from the command line", plain);
        report.AddSeconds("two at a time", plainTwo);
        report.AddSeconds("one trainer", one);
        report.AddSeconds("two trainers", two);
        var faster = one.Zip(two, (first, second) => first / second).ToArray();
        var added = plain.Zip(one, (bare, served) => (served - bare) / runs).ToArray();
        report.Add("two at a time are faster by", MeanAndValues(plain.Zip(plainTwo, (first, second) => first / second).ToArray(), "0.00", "x"));
        report.Add("two trainers are faster by", MeanAndValues(faster, "0.00", "x"));
        report.Add("orchestration adds to each run", MeanAndValues(added, "0.00", "s"));
        report.AddTarget("two trainers at least 1.9 x faster, in the mean", faster.Average() >= MinSpeedUp);
        report.AddTarget("less than 1 s added to a run, in the mean", added.Average() < MaxOverheadSeconds);
        return report.Write(json);
    }

    // So many processes at once, each on a processor of its own.
    private static async Task<double> CommandLineAsync(MeasuredServices measured, IReadOnlyList<RunSpec> specs, string name, int trainers, CancellationToken cancellationToken)
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

    // Runs of one length: with the four rules in turn the trainer that gets the last M3 would be waited for. Written down as often as by
    // default; the recipes of the other measurements do it at every step, so that a kill finds something new.
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
            throw new InvalidOperationException($"{id} ended as {ended.Status}: {ended.Error}");
        }

        var seconds = (ended.Ended!.Value - ended.Created).TotalSeconds;
        MeasuredServices.Log(string.Create(CultureInfo.InvariantCulture, $"{id}: {seconds:F1} s from submitted to completed"));
        return seconds;
    }

    private static string MeanAndValues(double[] all, string format, string unit)
    {
        var each = string.Join(", ", all.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));
        return $"mean {all.Average().ToString(format, CultureInfo.InvariantCulture)} {unit} ({each})";
    }
}
