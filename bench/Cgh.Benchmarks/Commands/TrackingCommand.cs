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
        var pairs = new Option<int>("--pairs") { Description = "Mini-batches, each a pair.", DefaultValueFactory = _ => 1000 }.MustBeBetween(2);
        var command = new Command(
            "tracking",
            "Prints the cost of --track-learning: every mini-batch is evaluated, and trained, twice in alternating order, with records and without. Medians of "
                + "the processor milliseconds of the calling thread, which is Torch's only one, the median ratio of a pair with a 95% interval (bootstrap), "
                + "and what writing the file of a pass adds.")
        {
            pairs,
        };
        command.SetAction(parse => Run(parse.GetValue(pairs)));
        return command;
    }

    private static void Run(int pairs)
    {
        using var inputs = new Inputs();
        Console.WriteLine("| model | what | with, ms | without, ms | ratio | 95% interval | pairs |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Print("resnet-small, 16 px, 100 classes", "resnet-small", inputs.DemoOf(4000), batch: 20, pairs);
        Print("resnet18, 224 px, 1,000 classes", "resnet18", inputs.Large, batch: 8, Math.Max(2, pairs / 20));
    }

    private static void Print(string title, string model, string dataset, int batch, int pairs)
    {
        var folder = Directory.CreateTempSubdirectory("cgh-tracking-").FullName;
        try
        {
            using var work = new TrackingWork(
                new RunSpec
                {
                    Name = "tracked",
                    Dataset = dataset,
                    Model = model,
                    BatchSize = batch,
                    LearningRate = 0.01,
                    Threads = 1,
                    Device = DeviceChoice.Cpu,
                    EvaluationBatchSize = batch,
                    TrackLearning = LearningTracking.Evaluation,
                },
                dataset,
                folder);
            var evaluated = work.Evaluate(pairs);
            var whole = PairedRatio.Of([.. evaluated.Select(pair => pair.Whole)]);
            Row("evaluation: pass and scores", whole);
            Row("evaluation: one pass, scored twice", PairedRatio.Of([.. evaluated.Select(pair => pair.Scores)]));
            var trained = work.Train(pairs);
            Row("training: step", PairedRatio.Of([.. trained.Select(pair => pair.Whole)]));
            Row("training: one step, its outputs recorded", PairedRatio.Of([.. trained.Select(pair => pair.Recording)]));
            var pass = whole.Without / work.EvaluationBatchSize * work.Images;
            var write = Comparison.Median(Enumerable.Range(0, 20).Select(_ => work.Write()));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {title} | file of {work.Images} examples / their pass | {1000 * write:F2} | {1000 * pass:F0} | {write / pass:F5} | | 20 |"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Row(string what, PairedRatio ratio) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {title} | {what} | {1000 * ratio.With:F2} | {1000 * ratio.Without:F2} | {ratio.Ratio:F4} | {ratio.Low:F4} to {ratio.High:F4} "
            + $"| {ratio.Pairs} |"));
    }
}
