using System.CommandLine;
using Cgh.Benchmarks.Harness;
using Cgh.Core;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>gpu</c>: the counterpart of <c>compare</c> for a CUDA device.</summary>
internal static class GpuCommand
{
    private const int Batch = 256;

    // An update takes tenths of a millisecond and a step tens of milliseconds. Each sample synchronizes with the device once.
    private const int StepsPerSample = 10;
    private const int UpdatesPerSample = 100;
    private const int WarmUpSamples = 2;

    private const string Help = """
        Compares steps and updates of ResNet-18 on a CUDA device with each other and with PyTorch, and prints a table.

        Each side of a comparison is a separate, warmed-up process; the two are sampled alternately. The device is synchronized
        before a timer starts and before it stops. Figures are medians, and the ratio is the median over the pairs, ours divided
        by the peer's: a ratio of times for gpu-rm3-step-vs-sgd and gpu-rm3-update-vs-authors, of throughputs for the others.
        Our images are read from a packed dataset and copied to the device; PyTorch's are already there. Comparisons with PyTorch
        need a Python with PyTorch for CUDA, torchvision, NumPy and Pillow.
        """;

    private sealed record Measurement(string What, bool NeedsPython, Func<Inputs, int, Row> Measure);

    private static readonly IReadOnlyList<Measurement> s_all =
    [
        Steps(
            "gpu-rm3-step-vs-sgd",
            "ms",
            seconds => seconds * 1000,
            ["--rule", "rm3", "--precision", "bfloat16"],
            ["--rule", "sgd", "--precision", "bfloat16"],
            "our SGD step, bfloat16, batch size 256"),
        Steps(
            "gpu-bfloat16-vs-float32",
            "images/s",
            seconds => Batch / seconds,
            ["--rule", "rm3", "--precision", "bfloat16"],
            ["--rule", "rm3", "--precision", "float32"],
            "our RM3 step in float32 without TF32, batch size 256"),
        AgainstTorch(
            "gpu-step-vs-pytorch",
            ["--precision", "float32"],
            "PyTorch, torchvision's ResNet-18 in float32 without TF32, the authors' RM3, batch size 256"),
        AgainstTorch(
            "gpu-resnet18-bfloat16",
            ["--precision", "bfloat16"],
            "PyTorch, torchvision's ResNet-18 with autocast to bfloat16 and channels last, the authors' RM3, batch size 256"),
        AgainstTorch(
            "gpu-resnet18-bfloat16-cudnn-benchmark",
            ["--precision", "bfloat16", "--cudnn-benchmark"],
            "the same PyTorch; both with cuDNN's fastest algorithms"),
        new("gpu-rm3-update-vs-authors", NeedsPython: true, (_, pairs) =>
        {
            using var ours = Worker.Ours(null, "rule", "--device", "cuda", "--rule", "rm3", "--repeat", $"{UpdatesPerSample}");
            using var peer = Worker.Peer("update", "--device", "cuda", "--rule", "rm3", "--repeat", $"{UpdatesPerSample}");
            return Row("gpu-rm3-update-vs-authors", "ms", ours, peer, pairs, seconds => seconds * 1000, "PyTorch, the authors' formula");
        }),
    ];

    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "Also write the table to this file as a JSON array." };
        var quick = new Option<bool>("--quick") { Description = "Run only three pairs, as a smoke test." };
        var command = new Command("gpu", Help) { json, quick };
        command.SetAction(parse => Run(parse.GetValue(json), parse.GetValue(quick) ? 3 : 9));
        return command;
    }

    private static void Run(string? json, int pairs)
    {
        if (!cuda.is_available())
        {
            throw new UserErrorException(
                "gpu: there is no CUDA device, or this build does not support CUDA. Build with -p:TorchBackend=cuda on a machine with a GPU; "
                + "docs/results/performance.md explains how to use one without .NET.");
        }

        if (Python.Path is null)
        {
            var skipped = s_all.Where(measurement => measurement.NeedsPython).Select(measurement => measurement.What);
            Console.Error.WriteLine(
                $"Skipped, because no Python with PyTorch, torchvision, NumPy and Pillow was found: {string.Join(", ", skipped)}. "
                + $"Set the environment variable {Python.Variable} to one.");
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
        ["step", "--dataset", inputs.Large, "--device", "cuda", "--batch", $"{Batch}", "--steps", $"{StepsPerSample}", .. options];

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
            using var peer = Worker.Peer(["step", "--device", "cuda", "--rule", "rm3", "--batch", $"{Batch}", "--steps", $"{StepsPerSample}", .. options]);
            return Row(what, "images/s", ours, peer, pairs, seconds => Batch / seconds, peers);
        });

    private static Row Row(string what, string unit, Worker ours, Worker peer, int pairs, Func<double, double> figure, string peers)
    {
        for (var warm = 0; warm < WarmUpSamples; warm++)
        {
            ours.Sample();
            peer.Sample();
        }

        var (left, right, ratio, spread) = Comparison.Measure(ours.Sample, peer.Sample, pairs, figure);
        return new Row(what, unit, left, right, ratio, Floor: null, pairs, spread, ours.About["threads"].GetInt32(), peers);
    }
}
