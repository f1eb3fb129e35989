using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Core;
using Cgh.Trainer.Native;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>allocators</c>: our allocator against one that the loader puts before the C library's.</summary>
internal static class AllocatorsCommand
{
    private const int Batch = 16;
    private const int Samples = 15;
    private const double Megabyte = 1 << 20;

    public static Command Create()
    {
        var preload = new Argument<FileInfo>("LIBRARY") { Description = "Such as /usr/lib/x86_64-linux-gnu/libjemalloc.so.2." }.AcceptExistingOnly();
        var settings = new Option<string?>("--settings") { Description = "The library's, for jemalloc its MALLOC_CONF." };
        var repeats = new Option<int>("--repeats") { Description = "Pairs of processes for each rule.", DefaultValueFactory = _ => 5 }.MustBeBetween(1);
        var threads = new Option<int>("--threads") { Description = "Torch's.", DefaultValueFactory = _ => 1 }.MustBeBetween(1);
        var command = new Command(
            "allocators",
            $"Times ResNet-18's steps, batch {Batch}, and their peak memory with our allocator and with LIBRARY preloaded instead, in turn, {Samples} pairs of steps a pair of processes. Linux.")
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
            throw new UserErrorException("allocators reads /proc and preloads a library, as Linux has it.");
        }

        using var inputs = new Inputs();
        var environment = new Dictionary<string, string> { [Allocator.Variable] = "system", ["LD_PRELOAD"] = preload.FullName };
        if (settings is not null)
        {
            environment["MALLOC_CONF"] = settings;
        }

        Console.WriteLine($"Medians, with the smallest and largest of {repeats} pairs of processes; {threads} {(threads == 1 ? "thread" : "threads")}.");
        Console.WriteLine("| rule | processor seconds a step, ours | preloaded | ours / preloaded | seconds, ours / preloaded | peak MB, ours | preloaded | ours / preloaded |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var rule in new[] { "sgd", "rm3" })
        {
            string[] step = ["step", "--dataset", inputs.Large, "--rule", rule, "--batch", $"{Batch}", "--threads", $"{threads}"];
            var pairs = Enumerable.Range(0, repeats).Select(_ => Measure(step, environment)).ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {rule} | {Middle(pairs, pair => pair.Ours, "F3")} | {Middle(pairs, pair => pair.Preloaded, "F3")} | {Middle(pairs, pair => pair.Ratio, "F3")} | {Middle(pairs, pair => pair.Clock, "F3")} | {Middle(pairs, pair => pair.OurPeak, "F0")} | {Middle(pairs, pair => pair.PreloadedPeak, "F0")} | {Middle(pairs, pair => pair.OurPeak / pair.PreloadedPeak, "F3")} |"));
        }
    }

    private static Pair Measure(string[] step, Dictionary<string, string> environment)
    {
        using var ours = Worker.Ours(null, step);
        using var preloaded = Worker.Ours(environment, step);
        double[] left = new double[Samples], right = new double[Samples], clock = new double[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            // Who comes first changes, so that neither always finds the caches as the other left them.
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
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Comparison.Median(figures).ToString(format, CultureInfo.InvariantCulture)} ({figures.Min().ToString(format, CultureInfo.InvariantCulture)} to {figures.Max().ToString(format, CultureInfo.InvariantCulture)})");
    }

    private sealed record Pair(double Ours, double Preloaded, double Ratio, double Clock, double OurPeak, double PreloadedPeak);
}
