using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>packing</c>: measures time and memory of packing archives, and their time against the same images in a folder.</summary>
internal static class PackingCommand
{
    private const int Classes = 1000;
    private const int PerClass = 100;
    private const int ValPerClass = 5;
    private const double Megabyte = 1 << 20;

    public static Command Create()
    {
        var folder = new Option<string>("--folder")
        {
            DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "cgh-archives"),
            Description = "Folder for the synthetic archives, 1 GB; kept for the next call.",
        };
        var repeats = new Option<int>("--repeats") { DefaultValueFactory = _ => 3, Description = "Runs of each size; 0 for none." };
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 5, Description = "Pairs of runs of each comparison; 0 for none." };
        var command = new Command(
            "packing", $"Packs synthetic archives of ImageNet's structure, {Classes} classes of up to {PerClass} images, and the same images in other sources.")
        {
            folder, repeats, pairs,
        };
        command.SetAction(parse =>
        {
            var archives = SyntheticArchives.Create(Path.GetFullPath(parse.GetValue(folder)!), Classes, PerClass, ValPerClass);
            Scale(archives, parse.GetValue(repeats));
            Compare(archives, parse.GetValue(pairs));
        });
        return command;
    }

    private static void Scale(SyntheticArchives archives, int repeats)
    {
        if (repeats == 0)
        {
            return;
        }

        Console.WriteLine("Processor seconds are those of all threads. Peaks are VmHWM of the whole process.");
        Console.WriteLine("| source | training images | seconds | processor seconds | per 1,000 images | peak, MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, source) in new[] { ("ImageNet archives", archives.Archives), ("WebDataset", archives.WebDataset), ("folder", archives.Folder) })
        {
            foreach (var perClass in new[] { PerClass / 4, PerClass / 2, PerClass })
            {
                var runs = Enumerable.Range(0, repeats).Select(_ => Run(source, perClass)).ToList();
                var processor = runs.Select(run => run.Processor).ToList();
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {Classes * perClass:N0} | {Spread(runs.Select(run => run.Seconds))} | {Spread(processor)} "
                    + $"| {Comparison.Median(processor) * 1000 / (Classes * (perClass + ValPerClass)):F3} | {Spread(runs.Select(run => run.Peak))} |"));
            }
        }
    }

    // A process for each run: its peak is that of one run.
    private static (double Seconds, double Processor, double Peak) Run(string source, int perClass)
    {
        using var worker = Worker.Ours(null, "pack", "--images", source, "--per-class", $"{perClass}");
        var before = worker.ProcessorTime;
        var seconds = worker.Sample();
        return (seconds, (worker.ProcessorTime - before).TotalSeconds, (worker.PeakMemory() ?? 0) / Megabyte);
    }

    private static void Compare(SyntheticArchives archives, int pairs)
    {
        if (pairs == 0)
        {
            return;
        }

        Console.WriteLine();
        var images = string.Create(CultureInfo.InvariantCulture, $"{Classes * (PerClass + ValPerClass):N0}");
        Console.WriteLine($"{pairs} pairs of runs in turn, all {images} images; median (smallest to largest) of the ratio to the folder:");
        Console.WriteLine("| source | seconds | processor seconds |");
        Console.WriteLine("|---|---|---|");
        foreach (var (name, source) in new[] { ("WebDataset", archives.WebDataset), ("ImageNet archives", archives.Archives) })
        {
            var ratios = Enumerable.Range(0, pairs).Select(pair =>
            {
                // The order alternates, so that the state of caches favours neither.
                var first = Run(pair % 2 == 0 ? source : archives.Folder, PerClass);
                var second = Run(pair % 2 == 0 ? archives.Folder : source, PerClass);
                var (ours, folder) = pair % 2 == 0 ? (first, second) : (second, first);
                return (Seconds: ours.Seconds / folder.Seconds, Processor: ours.Processor / folder.Processor);
            }).ToList();
            Console.WriteLine($"| {name} | {Spread(ratios.Select(ratio => ratio.Seconds))} | {Spread(ratios.Select(ratio => ratio.Processor))} |");
        }
    }

    private static string Spread(IEnumerable<double> values)
    {
        var all = values.ToList();
        var format = all.Max() < 10 ? "F2" : all.Max() < 100 ? "F1" : "F0";
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return $"{Text(Comparison.Median(all))} ({Text(all.Min())} to {Text(all.Max())})";
    }
}
