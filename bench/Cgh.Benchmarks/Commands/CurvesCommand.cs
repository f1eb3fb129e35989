using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Trainer.Evaluation;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>curves</c>: how costs grow.</summary>
internal static class CurvesCommand
{
    private const int Samples = 7;

    private static readonly long[] s_parameters = [1_000_000, 3_000_000, 11_689_512, 25_000_000, 60_000_000, 140_000_000];
    private static readonly int[] s_images = [500, 1000, 2000, 4000];

    // Every size divides its images.
    private static readonly (string Model, int Side, int Images, int[] Batches)[] s_evaluations =
    [
        ("resnet-small", 16, 4000, [10, 25, 50, 100, 250, 500, 1000]),
        ("resnet-small", 64, 1024, [8, 16, 32, 64, 128, 256]),
        ("resnet18", 224, 128, [4, 8, 16, 32, 64, 128]),
    ];

    public static Command Create()
    {
        var command = new Command("curves", "Prints time and memory of an update against parameters, time of an epoch against images, of an evaluation against the images in a forward pass, and the share of a run that evaluation and bookkeeping take (CSV, TensorBoard, checkpoints, events).");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        Console.WriteLine($"An update, one thread; medians of {Samples} workers' answers, in turn. Memory: the vectors.");
        Console.WriteLine("| parameters | SGD, ms | RM3, ms | RM3 / SGD | SGD, MB | RM3, MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var parameters in s_parameters)
        {
            using var sgd = Worker.Ours(null, "update", "--rule", "sgd", "--parameters", $"{parameters}");
            using var rm3 = Worker.Ours(null, "update", "--rule", "rm3", "--parameters", $"{parameters}");
            var (left, right, ratio, _) = Comparison.Measure(rm3.Sample, sgd.Sample, Samples, seconds => seconds * 1000);
            Print($"| {parameters:N0} | {right:G4} | {left:G4} | {ratio:G3} | {parameters * 8 / 1e6:F0} | {parameters * 16 / 1e6:F0} |");
        }

        Console.WriteLine();
        Console.WriteLine($"An epoch of the demo's network with RM3, batch 20, one thread, and an evaluation of all its images and half as many for test; medians of {Samples}.");
        Console.WriteLine("| images | seconds | microseconds an image |");
        Console.WriteLine("|---|---|---|");
        using var folder = new Inputs();
        foreach (var images in s_images)
        {
            using var training = Worker.Ours(null, "training", "--dataset", folder.DemoOf(images), "--model", "resnet-small", "--batch", "20");
            var seconds = Comparison.Median(Enumerable.Range(0, Samples).Select(_ => training.Sample()));
            Print($"| {images:N0} | {seconds:F2} | {seconds / images * 1e6:F0} |");
        }

        Console.WriteLine();
        Console.WriteLine($"Milliseconds of an evaluation for an image, one thread, against the images in a forward pass; medians of {Samples}, sizes in turn. * is what the program takes.");
        Console.WriteLine("| model | side | images in a forward pass: milliseconds (smallest to largest) |");
        Console.WriteLine("|---|---|---|");
        foreach (var (model, side, images, batches) in s_evaluations)
        {
            Evaluations(folder.ImagesOf(side, images), model, side, batches);
        }

        Console.WriteLine();
        using var bookkeeping = Worker.Ours(null, "bookkeeping", "--dataset", folder.DemoOf(4000), "--model", "resnet-small", "--batch", "20", "--epochs", "3");
        Console.WriteLine("Shares of a run of the demo's size with RM3, three epochs, four evaluations and a checkpoint after each epoch:");
        foreach (var (name, share) in bookkeeping.About)
        {
            Print($"- {name}: {share.GetDouble():P2}");
        }
    }

    private static void Evaluations(string dataset, string model, int side, int[] batches)
    {
        var workers = Array.ConvertAll(batches, batch => Worker.Ours(null, "evaluation", "--dataset", dataset, "--model", model, "--batch", $"{batch}"));
        try
        {
            var turns = Enumerable.Range(0, Samples).Select(_ => Array.ConvertAll(workers, worker => worker.Sample() * 1000)).ToArray();
            var cells = batches.Select((batch, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"{batch}{(batch == EvaluationBatch.OnCpu(side) ? "*" : "")}: {Comparison.Median(turns.Select(turn => turn[i])):G3} ({turns.Min(turn => turn[i]):G3} to {turns.Max(turn => turn[i]):G3})"));
            Print($"| {model} | {side} | {string.Join(", ", cells)} |");
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Dispose();
            }
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
