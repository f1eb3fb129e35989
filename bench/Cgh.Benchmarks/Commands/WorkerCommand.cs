using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cgh.Benchmarks.Harness;
using Cgh.Benchmarks.Work;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>worker</c>: runs our side of a comparison; see <see cref="Worker"/>.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var work = new Argument<string>("work") { Description = "update, rule, step, training, evaluation, bookkeeping, coherence, decode, read or pack." };
        var rule = new Option<string>("--rule")
        {
            DefaultValueFactory = _ => "rm3",
            Description = "sgd, ra3, rm3 or m3; for update also median:5, trimmed:5:1, traffic and reads.",
        };
        var model = new Option<string>("--model") { DefaultValueFactory = _ => "resnet18" };
        var batch = new Option<int>("--batch") { DefaultValueFactory = _ => 16 };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 1 };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 1 };
        var parameters = new Option<long>("--parameters") { DefaultValueFactory = _ => Sizes.ResNet18 };
        var repeat = new Option<int>("--repeat") { DefaultValueFactory = _ => 5 };
        var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 1 };
        var device = new Option<DeviceChoice>("--device") { DefaultValueFactory = _ => DeviceChoice.Cpu };
        var precision = new Option<Precision>("--precision") { DefaultValueFactory = _ => Precision.Float32 };
        var cudnnBenchmark = new Option<bool>("--cudnn-benchmark");
        var images = new Option<string>("--images") { DefaultValueFactory = _ => "", Description = "Folder of JPEGs; for pack, any source." };
        var perClass = new Option<int>("--per-class") { DefaultValueFactory = _ => 100, Description = "For pack: training images of each class." };
        var examples = new Option<int>("--examples") { DefaultValueFactory = _ => 1000, Description = "For coherence: examples." };
        var dataset = new Option<string>("--dataset") { DefaultValueFactory = _ => "", Description = "Folder of a packed dataset." };
        var command = new Command("worker", "Runs our side of a comparison: does the work for every line on standard input and prints the seconds it took.")
        {
            work, rule, model, batch, threads, epochs, parameters, repeat, steps, device, precision, cudnnBenchmark, images, perClass, examples, dataset,
        };
        command.Hidden = true;
        command.SetAction(parse =>
        {
            RunSpec Spec() => new()
            {
                Name = "benchmark",
                Dataset = parse.GetValue(dataset)!,
                Labels = SyntheticDataset.Labels,
                Rule = RuleChoice.Parse(parse.GetValue(rule)!),
                Model = parse.GetValue(model)!,
                BatchSize = parse.GetValue(batch),
                Epochs = parse.GetValue(epochs),
                LearningRate = 0.08,
                Device = parse.GetValue(device),
                Precision = parse.GetValue(precision),
                CudnnBenchmark = parse.GetValue(cudnnBenchmark),
                Threads = parse.GetValue(threads),
            };

            // Torch's thread count is per thread, so create and run the work on the same one.
            using IWork measured = parse.GetValue(work) switch
            {
                "update" => new UpdateWork(parse.GetValue(rule)!, parse.GetValue(parameters), parse.GetValue(threads), parse.GetValue(repeat)),
                "rule" => new RuleWork(Spec(), parse.GetValue(repeat)),
                "step" => new StepWork(Spec(), parse.GetValue(dataset)!, parse.GetValue(steps)),
                "training" => new TrainingWork(Spec(), parse.GetValue(dataset)!),
                "evaluation" => new EvaluationWork(Spec(), parse.GetValue(dataset)!, parse.GetValue(batch)),
                "bookkeeping" => new BookkeepingWork(Spec(), parse.GetValue(dataset)!),
                "coherence" => new CoherenceWork(Spec() with { CoherenceExamples = parse.GetValue(examples) }, parse.GetValue(dataset)!),
                "decode" => new DecodeWork(parse.GetValue(images)!),
                "pack" => new PackWork(parse.GetValue(images)!, parse.GetValue(perClass)),
                "read" => new ReadWork(parse.GetValue(dataset)!, parse.GetValue(batch)),
                var other => throw UserErrorException.Usage(
                    $"Unknown work '{other}'. Expected one of: update, rule, step, training, evaluation, bookkeeping, coherence, decode, read, pack."),
            };
            Console.WriteLine("ready " + JsonSerializer.Serialize(measured.About));
            while (Console.ReadLine() is not null)
            {
                Console.WriteLine(measured.Sample().ToString("R", CultureInfo.InvariantCulture));
            }
        });
        return command;
    }
}
