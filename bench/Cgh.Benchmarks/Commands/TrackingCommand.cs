using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Benchmarks.Work;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>tracking</c>: measures what recording what was learned costs.</summary>
internal static class TrackingCommand
{
    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { Description = "Pairs of alternating samples.", DefaultValueFactory = _ => 15 }.MustBeBetween(1);
        var images = new Option<int>("--images") { Description = "Training images.", DefaultValueFactory = _ => 4000 }.MustBeBetween(100);
        var command = new Command(
            "tracking",
            "Prints the cost of --track-learning: evaluating all training images against the usual evaluation, recording against that, and recording the "
                + "training pass against training. Pairs of alternating samples in one process; medians of processor seconds, "
                + "and the smallest and largest ratio of a pair.")
        {
            pairs, images,
        };
        command.SetAction(parse => Run(parse.GetValue(pairs), parse.GetValue(images)));
        return command;
    }

    private static void Run(int pairs, int images)
    {
        using var inputs = new Inputs();
        Console.WriteLine("| model | what | with, s | without, s | ratio | smallest and largest | pairs |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Print("resnet-small, 16 px, 100 classes", "resnet-small", inputs.DemoOf(images), batch: 20, pairs);
        Print("resnet18, 224 px, 1,000 classes, 128 of the images", "resnet18", inputs.ImagesOf(224, 128), batch: 16, Math.Min(pairs, 5));
    }

    private static void Print(string title, string model, string dataset, int batch, int pairs)
    {
        var folder = Directory.CreateTempSubdirectory("cgh-tracking-").FullName;
        try
        {
            var spec = new RunSpec { Name = "tracked", Dataset = dataset, Model = model, BatchSize = batch, Threads = 1, Device = DeviceChoice.Cpu };
            using var work = new TrackingWork(spec with { TrackLearning = LearningTracking.Evaluation }, dataset, folder);
            work.All(isRecorded: true);
            var all = Comparison.Median(Enumerable.Range(0, pairs).Select(_ => work.All(isRecorded: false)));
            double Alone() => work.Scores(isRecorded: true) - work.Scores(isRecorded: false);
            Row("all training images / usual evaluation", () => work.All(isRecorded: false), work.Usual);
            Row("all, recorded / all", () => work.All(isRecorded: true), () => work.All(isRecorded: false));
            Row("1 + recording alone / all", () => Alone() + all, () => all);
            Row("epoch of training, recorded / not", () => work.Epoch(LearningTracking.Training), () => work.Epoch(LearningTracking.Off));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Row(string what, Func<double> with, Func<double> without)
        {
            var (ours, peer, ratio, spread) = Comparison.Measure(with, without, pairs, seconds => seconds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {title} | {what} | {ours:F3} | {peer:F3} | {ratio:F3} | {spread[0]:F3} to {spread[1]:F3} | {pairs} |"));
        }
    }
}
