using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Core;
using Cgh.Trainer.Native;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>allocators</c>: compares our allocator with a preloaded one.</summary>
internal static class AllocatorsCommand
{
    private const int Batch = 16;
    private const int Samples = 15;
    private const double Megabyte = 1 << 20;

    public static Command Create()
    {
        var preload = new Argument<FileInfo>("LIBRARY") { Description = "Library to preload, such as /usr/lib/x86_64-linux-gnu/libjemalloc.so.2." }
            .AcceptExistingOnly();
        var settings = new Option<string?>("--settings") { Description = "Settings of the library (MALLOC_CONF of jemalloc)." };
        var repeats = new Option<int>("--repeats") { Description = "Number of pairs of processes per rule.", DefaultValueFactory = _ => 5 }.MustBeBetween(1);
        var threads = new Option<int>("--threads") { Description = "Torch threads.", DefaultValueFactory = _ => 1 }.MustBeBetween(1);
        var command = new Command(
            "allocators",
            $"Compares time and peak memory of ResNet-18 steps (batch size {Batch}) with our allocator and with LIBRARY preloaded instead. "
                + $"Steps alternate between two processes, {Samples} pairs of steps per pair of processes. Linux only.")
        {
            preload, settings, repeats, threads,
        };
        command.SetAction(parse => Run(parse.GetRequiredValue(preload), parse.GetValue(settings), parse.GetValue(repeats), parse.GetValue(threads)));
        return command;
    }

    private static void Run(FileInfo preload, string? settings, int repeats, int threads)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UserErrorException("allocators requires Linux, as it reads /proc and preloads a library.");
        }

        using var inputs = new Inputs();
        var environment = new Dictionary<string, string> { [Allocator.Variable] = "system", ["LD_PRELOAD"] = preload.FullName };
        if (settings is not null)
        {
            environment["MALLOC_CONF"] = settings;
        }

        Console.WriteLine($"Medians (min to max) of {repeats} pairs of processes; {threads} {(threads == 1 ? "thread" : "threads")}.");
        Console.WriteLine(
            "| rule | processor seconds per step, ours | preloaded | ours / preloaded | seconds, ours / preloaded "
            + "| peak MB, ours | preloaded | ours / preloaded |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var rule in new[] { "sgd", "rm3" })
        {
            string[] step = ["step", "--dataset", inputs.Large, "--rule", rule, "--batch", $"{Batch}", "--threads", $"{threads}"];
            var pairs = Enumerable.Range(0, repeats).Select(_ => Measure(step, environment)).ToArray();
            string[] cells =
            [
                rule,
                Middle(pairs, pair => pair.Ours, "F3"),
                Middle(pairs, pair => pair.Preloaded, "F3"),
                Middle(pairs, pair => pair.Ratio, "F3"),
                Middle(pairs, pair => pair.Clock, "F3"),
                Middle(pairs, pair => pair.OurPeak, "F0"),
                Middle(pairs, pair => pair.PreloadedPeak, "F0"),
                Middle(pairs, pair => pair.OurPeak / pair.PreloadedPeak, "F3"),
            ];
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }

    private static Pair Measure(string[] step, Dictionary<string, string> environment)
    {
        using var ours = Worker.Ours(null, step);
        using var preloaded = Worker.Ours(environment, step);
        double[] left = new double[Samples], right = new double[Samples], clock = new double[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            // Alternate the order, so that the state of the caches favours neither side.
            double mine, other;
            if (sample % 2 == 0)
            {
                (left[sample], mine) = Sample(ours);
                (right[sample], other) = Sample(preloaded);
            }
            else
            {
                (right[sample], other) = Sample(preloaded);
                (left[sample], mine) = Sample(ours);
            }

            clock[sample] = mine / other;
        }

        return new Pair(
            Comparison.Median(left),
            Comparison.Median(right),
            Comparison.Median(left.Zip(right, (a, b) => a / b)),
            Comparison.Median(clock),
            ours.PeakMemory()!.Value / Megabyte,
            preloaded.PeakMemory()!.Value / Megabyte);
    }

    private static (double Processor, double Clock) Sample(Worker worker)
    {
        var before = worker.ProcessorTime;
        var clock = worker.Sample();
        return ((worker.ProcessorTime - before).TotalSeconds, clock);
    }

    private static string Middle(Pair[] pairs, Func<Pair, double> figure, string format)
    {
        var figures = pairs.Select(figure).ToArray();
        return $"{Text(Comparison.Median(figures))} ({Text(figures.Min())} to {Text(figures.Max())})";

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    private sealed record Pair(double Ours, double Preloaded, double Ratio, double Clock, double OurPeak, double PreloadedPeak);
}
