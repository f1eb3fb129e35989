using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Trainer.Evaluation;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>curves</c>: measures how costs scale.</summary>
internal static class CurvesCommand
{
    private const int Samples = 7;

    private static readonly long[] s_parameters = [1_000_000, 3_000_000, 11_689_512, 25_000_000, 60_000_000, 140_000_000];
    private static readonly int[] s_images = [500, 1000, 2000, 4000];

    // The number of images is divisible by every batch size.
    private static readonly (string Model, int Side, int Images, int[] Batches)[] s_evaluations =
    [
        ("resnet-small", 16, 4000, [10, 25, 50, 100, 250, 500, 1000]),
        ("resnet-small", 64, 1024, [8, 16, 32, 64, 128, 256]),
        ("resnet18", 224, 128, [4, 8, 16, 32, 64, 128]),
    ];

    public static Command Create()
    {
        var command = new Command(
            "curves",
            "Prints the time and memory of an update by number of parameters, the time of an epoch by number of images, "
                + "the time of an evaluation by batch size, and the fraction of a run "
                + "spent on evaluation and bookkeeping (CSV, TensorBoard, checkpoints, events).");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        Console.WriteLine($"Update, one thread; medians of {Samples} alternating samples. Memory: weights and gradients.");
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
        Console.WriteLine(
            $"Epoch of the demo's network with RM3, batch size 20, one thread, "
                + $"with an evaluation of all training images and half as many test images; medians of {Samples}.");
        Console.WriteLine("| images | seconds | microseconds per image |");
        Console.WriteLine("|---|---|---|");
        using var folder = new Inputs();
        foreach (var images in s_images)
        {
            using var training = Worker.Ours(null, "training", "--dataset", folder.DemoOf(images), "--model", "resnet-small", "--batch", "20");
            var seconds = Comparison.Median(Enumerable.Range(0, Samples).Select(_ => training.Sample()));
            Print($"| {images:N0} | {seconds:F2} | {seconds / images * 1e6:F0} |");
        }

        Console.WriteLine();
        Console.WriteLine(
            $"Evaluation time per image in milliseconds by batch size, one thread; medians of {Samples} alternating samples. * marks the default.");
        Console.WriteLine("| model | side | batch size: milliseconds (min to max) |");
        Console.WriteLine("|---|---|---|");
        foreach (var (model, side, images, batches) in s_evaluations)
        {
            Evaluations(folder.ImagesOf(side, images), model, side, batches);
        }

        Console.WriteLine();
        using var bookkeeping = Worker.Ours(
            null, "bookkeeping", "--dataset", folder.DemoOf(4000), "--model", "resnet-small", "--batch", "20", "--epochs", "3");
        Console.WriteLine("Time of an RM3 run of the demo's size with three epochs, four evaluations and a checkpoint after each epoch:");
        foreach (var (name, share) in bookkeeping.About)
        {
            Print($"- {name}: {share.GetDouble():P2}");
        }
    }

    private static void Evaluations(string dataset, string model, int side, int[] batches)
    {
        var workers = Array.ConvertAll(
            batches, batch => Worker.Ours(null, "evaluation", "--dataset", dataset, "--model", model, "--batch", $"{batch}"));
        try
        {
            var turns = Enumerable.Range(0, Samples).Select(_ => Array.ConvertAll(workers, worker => worker.Sample() * 1000)).ToArray();
            var cells = batches.Select((batch, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"{batch}{(batch == EvaluationBatch.OnCpu(side) ? "*" : "")}: {Comparison.Median(turns.Select(turn => turn[i])):G3} "
                + $"({turns.Min(turn => turn[i]):G3} to {turns.Max(turn => turn[i]):G3})"));
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
