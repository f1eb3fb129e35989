using System.CommandLine;
using Cgh.Benchmarks.Harness;
using Cgh.Core;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>gpu</c>: what <c>compare</c> is for the CPU, on a CUDA device.</summary>
internal static class GpuCommand
{
    private const int Batch = 256;

    // An update of some tenths of a millisecond, a step of some tens: each sample waits for the device once.
    private const int StepsASample = 10;
    private const int UpdatesASample = 100;
    private const int WarmSamples = 2;

    private const string Help = """
        Measures ResNet-18's steps and updates on a CUDA device, against each other and against PyTorch there, and prints one table.

        Both sides of a comparison are warm processes of their own which are asked in turn; before a timer starts and before it stops, the
        device has done all that was asked of it. Figures are medians, the ratio is the median of the pairs' ratios, ours over the
        peer's: of times for gpu-rm3-step-vs-sgd and gpu-rm3-update-vs-authors, of speeds for the others. Ours read their images from a
        packed dataset and send them to the device; PyTorch's are there already. Comparisons with PyTorch need a Python with PyTorch
        for CUDA, torchvision, NumPy and Pillow.
        """;

    private sealed record Measurement(string What, bool NeedsPython, Func<Inputs, int, Row> Measure);

    private static readonly IReadOnlyList<Measurement> s_all =
    [
        Steps("gpu-rm3-step-vs-sgd", "ms", seconds => seconds * 1000, ["--rule", "rm3", "--precision", "bfloat16"], ["--rule", "sgd", "--precision", "bfloat16"], "our SGD step, bfloat16, batch 256"),
        Steps("gpu-bfloat16-vs-float32", "images/s", seconds => Batch / seconds, ["--rule", "rm3", "--precision", "bfloat16"], ["--rule", "rm3", "--precision", "float32"], "our RM3 step in float32 without TF32, batch 256"),
        AgainstTorch("gpu-step-vs-pytorch", ["--precision", "float32"], "PyTorch, torchvision's ResNet-18 in float32 without TF32, RM3 as the authors have it, batch 256"),
        AgainstTorch("gpu-resnet18-bfloat16", ["--precision", "bfloat16"], "PyTorch, torchvision's ResNet-18 with autocast to bfloat16 and channels last, RM3 as the authors have it, batch 256"),
        AgainstTorch("gpu-resnet18-bfloat16-cudnn-benchmark", ["--precision", "bfloat16", "--cudnn-benchmark"], "the same PyTorch; both with cuDNN's fastest algorithms"),
        new("gpu-rm3-update-vs-authors", NeedsPython: true, (_, pairs) =>
        {
            using var ours = Worker.Ours(null, "rule", "--device", "cuda", "--rule", "rm3", "--repeat", $"{UpdatesASample}");
            using var peer = Worker.Peer("update", "--device", "cuda", "--rule", "rm3", "--repeat", $"{UpdatesASample}");
            return Row("gpu-rm3-update-vs-authors", "ms", ours, peer, pairs, seconds => seconds * 1000, "PyTorch, the authors' formula");
        }),
    ];

    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "File to write the table to, as a JSON array." };
        var quick = new Option<bool>("--quick") { Description = "Three pairs instead of nine: to see that it works, not to quote." };
        var command = new Command("gpu", Help) { json, quick };
        command.SetAction(parse => Run(parse.GetValue(json), parse.GetValue(quick) ? 3 : 9));
        return command;
    }

    private static void Run(string? json, int pairs)
    {
        if (!cuda.is_available())
        {
            throw new UserErrorException("gpu: there is no CUDA device here, or this build has no CUDA. Build with -p:TorchBackend=cuda on a machine that has one, or see docs/performance.md for one without .NET.");
        }

        if (Python.Path is null)
        {
            Console.Error.WriteLine($"Left out, for want of a Python with PyTorch, torchvision, NumPy and Pillow: {string.Join(", ", s_all.Where(measurement => measurement.NeedsPython).Select(measurement => measurement.What))}. Name one in the environment's {Python.Variable}.");
        }

        using var inputs = new Inputs();
        var rows = new List<Row>();
        foreach (var measurement in s_all.Where(measurement => !measurement.NeedsPython || Python.Path is not null))
        {
            Console.Error.WriteLine($"{measurement.What} ...");
            rows.Add(measurement.Measure(inputs, pairs));
        }

        RowTable.Print(rows);
        RowTable.Save(rows, json);
    }

    private static string[] Step(Inputs inputs, params string[] options) =>
        ["step", "--dataset", inputs.Large, "--device", "cuda", "--batch", $"{Batch}", "--steps", $"{StepsASample}", .. options];

    private static Measurement Steps(string what, string unit, Func<double, double> figure, string[] ours, string[] peer, string peers) =>
        new(what, NeedsPython: false, (inputs, pairs) =>
        {
            using var left = Worker.Ours(null, Step(inputs, ours));
            using var right = Worker.Ours(null, Step(inputs, peer));
            return Row(what, unit, left, right, pairs, figure, peers);
        });

    private static Measurement AgainstTorch(string what, string[] options, string peers) =>
        new(what, NeedsPython: true, (inputs, pairs) =>
        {
            using var ours = Worker.Ours(null, Step(inputs, ["--rule", "rm3", .. options]));
            using var peer = Worker.Peer(["step", "--device", "cuda", "--rule", "rm3", "--batch", $"{Batch}", "--steps", $"{StepsASample}", .. options]);
            return Row(what, "images/s", ours, peer, pairs, seconds => Batch / seconds, peers);
        });

    private static Row Row(string what, string unit, Worker ours, Worker peer, int pairs, Func<double, double> figure, string peers)
    {
        for (var warm = 0; warm < WarmSamples; warm++)
        {
            ours.Sample();
            peer.Sample();
        }

        var (left, right, ratio, spread) = Comparison.Measure(ours.Sample, peer.Sample, pairs, figure);
        return new Row(what, unit, left, right, ratio, Floor: null, pairs, spread, ours.About["threads"].GetInt32(), peers);
    }
}
