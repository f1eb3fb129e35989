using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Benchmarks.Work;
using Cgh.Core;
using Cgh.Core.Runs;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>coherence</c>: measures what the coherence of the gradients of single examples takes.</summary>
internal static class CoherenceCommand
{
    private const double Megabyte = 1 << 20;

    // Training images of the datasets: a measurement also passes through some of them for batch statistics.
    private const int Images = 4000;

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { Description = "Pairs of alternating samples.", DefaultValueFactory = _ => 7 }.MustBeBetween(1);
        var examples = new Option<int>("--examples") { Description = "Examples, m.", DefaultValueFactory = _ => 1000 }.MustBeBetween(2, Images);
        var command = new Command(
            "coherence",
            "Prints the time of a measurement of coherence on resnet-small and of a backward pass per example, alternating in one process on one thread "
                + "(medians, and the smallest and largest ratio of a pair), and on Linux the growth of the peak memory of a process for 250 to 4,000 examples.")
        {
            pairs, examples,
        };
        command.SetAction(parse => Run(parse.GetValue(pairs), parse.GetValue(examples)));
        return command;
    }

    private static void Run(int pairs, int examples)
    {
        using var inputs = new Inputs();
        var dataset = inputs.DemoOf(Images);
        PrintTimes(dataset, pairs, examples);
        if (OperatingSystem.IsLinux())
        {
            PrintMemory(dataset);
        }
    }

    private static void PrintTimes(string dataset, int pairs, int examples)
    {
        var spec = new RunSpec
        {
            Name = "coherence",
            Dataset = dataset,
            Model = "resnet-small",
            CoherenceExamples = examples,
            Threads = 1,
            Device = DeviceChoice.Cpu,
        };
        using var work = new CoherenceWork(spec, dataset);
        work.Sample();
        Console.WriteLine($"resnet-small, 16 px, 100 classes, {work.About["parameters"]:N0} parameters, {examples} examples.");
        Console.WriteLine("| seconds | measurement | loop over the examples | ratio | smallest and largest | pairs |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var (walls, loopWalls) = (new List<double>(), new List<double>());
        var processor = Comparison.Measure(() => ProcessorSeconds(work.Sample, walls), () => ProcessorSeconds(work.Loop, loopWalls), pairs, seconds => seconds);
        Row("processor", processor.Ours, processor.Peer, processor.Ratio, processor.Spread, pairs);
        var ratios = walls.Zip(loopWalls, (wall, loop) => wall / loop).ToList();
        Row("wall", Comparison.Median(walls), Comparison.Median(loopWalls), Comparison.Median(ratios), [ratios.Min(), ratios.Max()], pairs);
    }

    private static void PrintMemory(string dataset)
    {
        Console.WriteLine();
        Console.WriteLine("| examples | peak before, MB | growth by a measurement, MB | one gradient per example would be, MB |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var count in new[] { 250, 1000, 4000 })
        {
            using var worker = Worker.Ours(null, "coherence", "--dataset", dataset, "--model", "resnet-small", "--examples", $"{count}");
            var before = worker.PeakMemory();
            worker.Sample();
            var vectors = (double)count * worker.About["parameters"].GetInt64() * sizeof(float);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {count:N0} | {before / Megabyte:F0} | {(worker.PeakMemory() - before) / Megabyte:F0} | {vectors / Megabyte:F0} |"));
        }
    }

    // Of all threads, so that other programs on the machine matter less.
    private static double ProcessorSeconds(Func<double> work, List<double> walls)
    {
        var before = Environment.CpuUsage.TotalTime;
        walls.Add(work());
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static void Row(string what, double ours, double loop, double ratio, double[] spread, int pairs) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {what} | {ours:F2} | {loop:F2} | {ratio:F3} | {spread[0]:F3} to {spread[1]:F3} | {pairs} |"));
}
