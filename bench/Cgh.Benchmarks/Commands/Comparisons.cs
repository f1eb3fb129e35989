using Cgh.Benchmarks.Harness;
using Cgh.Core.Datasets;

namespace Cgh.Benchmarks.Commands;

/// <summary>A comparison, which gives one row of the table.</summary>
/// <param name="What">Name of the comparison.</param>
/// <param name="NeedsPython">Whether the peer runs in Python.</param>
/// <param name="Pairs">Default number of pairs.</param>
/// <param name="Measure">Measures a number of pairs.</param>
internal sealed record Comparisons(string What, bool NeedsPython, int Pairs, Func<Inputs, int, Row> Measure)
{
    private const double Milliseconds = 1000;
    private const string PillowDecoding = "Pillow: JPEG of 500 x 375 to a crop of 224";

    // Memory traffic per coordinate, relative to SGD's 3 values: weight and gradient are read, the weight is written.
    // With three gradients: 5 values.
    private const double WindowFloor = 5.0 / 3;

    // Three gradients, nothing written: 4 values.
    private const double ReadsFloor = 4.0 / 3;

    // Five gradients: 7 values.
    private const double FiveFloor = 7.0 / 3;

    public static IReadOnlyList<Comparisons> All { get; } =
    [
        Update("rm3-update-vs-sgd", ["--rule", "rm3"], ["--rule", "sgd"], threads: 1, WindowFloor, "our SGD update"),
        Update("rm3-update-vs-sgd-2-threads", ["--rule", "rm3"], ["--rule", "sgd"], threads: 2, WindowFloor, "our SGD update"),
        Update("ra3-update-vs-sgd", ["--rule", "ra3"], ["--rule", "sgd"], threads: 1, WindowFloor, "our SGD update"),
        Update("m3-update-vs-sgd", ["--rule", "m3"], ["--rule", "sgd"], threads: 1, WindowFloor, "our SGD update"),
        Update("median-5-update-vs-sgd", ["--rule", "median:5"], ["--rule", "sgd"], threads: 1, FiveFloor, "our SGD update"),
        Update("trimmed-5-1-update-vs-sgd", ["--rule", "trimmed:5:1"], ["--rule", "sgd"], threads: 1, FiveFloor, "our SGD update"),
        Update(
            "rm3-update-vs-traffic",
            ["--rule", "rm3"],
            ["--rule", "traffic"],
            threads: 1,
            floor: 1,
            "the same memory traffic with one addition per operand"),

        // Reading three gradients and the weights is the lower bound of a window rule on this processor.
        Update("rm3-reads-vs-sgd", ["--rule", "reads"], ["--rule", "sgd"], threads: 1, ReadsFloor, "our SGD update; ours only reads RM3's operands"),
        AgainstTorch("sgd-update-vs-pytorch", "sgd", threads: 1, "PyTorch, w.add_(g, alpha) per tensor"),
        AgainstTorch("rm3-update-vs-authors", "rm3", threads: 1, "PyTorch, the authors' formula"),
        AgainstTorch("rm3-update-vs-authors-2-threads", "rm3", threads: 2, "PyTorch, the authors' formula"),
        new("step-vs-pytorch", NeedsPython: true, Pairs: 9, (inputs, pairs) =>
        {
            const int Batch = 16;
            using var ours = Worker.Ours(null, "step", "--dataset", inputs.Large, "--rule", "rm3", "--batch", $"{Batch}", "--threads", "2");
            using var peer = Worker.Peer("step", "--rule", "rm3", "--batch", $"{Batch}", "--threads", "2");
            const string Peers = "PyTorch, torchvision's ResNet-18, the authors' RM3";
            return Row("step-vs-pytorch", "images/s", ours.Sample, peer.Sample, pairs, seconds => Batch / seconds, null, threads: 2, Peers);
        }),
        new("demo-vs-pytorch", NeedsPython: true, Pairs: 7, (inputs, pairs) =>
        {
            // The demo's four rules, with a quarter of its training and evaluation images.
            const int Images = 4 * 1000;
            const string Peers = "PyTorch, the demo's four runs with their evaluations";
            string[] rules = ["sgd", "ra3", "rm3", "m3"];
            string[] shape = ["training", "--dataset", inputs.Demo, "--batch", "20"];
            var ours = rules.Select(rule => Worker.Ours(null, [.. shape, "--model", "resnet-small", "--rule", rule])).ToArray();
            var peers = rules.Select(rule => Worker.Peer([.. shape, "--labels", SyntheticDataset.Labels, "--rule", rule])).ToArray();
            double Sum(Worker[] workers) => workers.Sum(worker => worker.Sample());
            try
            {
                return Row("demo-vs-pytorch", "images/s", () => Sum(ours), () => Sum(peers), pairs, seconds => Images / seconds, null, threads: 1, Peers);
            }
            finally
            {
                Array.ForEach([.. ours, .. peers], worker => worker.Dispose());
            }
        }),
        new("m3-step-vs-sgd", NeedsPython: false, Pairs: 7, (inputs, pairs) =>
        {
            string[] shape = ["step", "--dataset", inputs.Large, "--batch", "48", "--threads", "2"];
            using var ours = Worker.Ours(null, [.. shape, "--rule", "m3"]);
            using var peer = Worker.Ours(null, [.. shape, "--rule", "sgd"]);
            return Row("m3-step-vs-sgd", "s", ours.Sample, peer.Sample, pairs, seconds => seconds, null, threads: 2, "our SGD step, ResNet-18, batch size 48");
        }),
        Step("winsorized-1-step-vs-sgd", "mlp", batch: 100, "winsorized:1", "sgd"),
        Step("winsorized-8-step-vs-sgd", "mlp", batch: 100, "winsorized:8", "sgd"),
        Step("mom-5-step-vs-m3", "resnet-small", batch: 20, "mom:5", "m3"),
        Step("mom-9-step-vs-m3", "resnet-small", batch: 20, "mom:9", "m3"),
        EncodedImages("encoded-step-vs-pixels", threads: 1),
        EncodedImages("encoded-step-vs-pixels-2-threads", threads: 2),
        new("decode-vs-pillow", NeedsPython: true, Pairs: 9, (inputs, pairs) =>
        {
            using var ours = Worker.Ours(null, "decode", "--images", inputs.Photos);
            using var peer = Worker.Peer("decode", "--images", inputs.Photos);
            var images = peer.About["images"].GetInt32();
            return Row("decode-vs-pillow", "images/s", ours.Sample, peer.Sample, pairs, seconds => images / seconds, null, threads: 1, PillowDecoding);
        }),
        new("packed-read-vs-pillow", NeedsPython: true, Pairs: 9, (inputs, pairs) =>
        {
            const int Batch = 256;
            using var ours = Worker.Ours(null, "read", "--dataset", inputs.Large, "--batch", $"{Batch}");
            using var peer = Worker.Peer("decode", "--images", inputs.Photos);
            var images = peer.About["images"].GetInt32();

            // Per image, as the two sides process different numbers of images.
            double Ours() => ours.Sample() / Batch;
            double Peer() => peer.Sample() / images;
            return Row("packed-read-vs-pillow", "images/s", Ours, Peer, pairs, seconds => 1 / seconds, null, threads: 1, PillowDecoding);
        }),
    ];

    private static Comparisons Update(string what, string[] ours, string[] peer, int threads, double floor, string peers) =>
        new(what, NeedsPython: false, Pairs: 15, (_, pairs) =>
        {
            using var left = Worker.Ours(null, ["update", "--threads", $"{threads}", .. ours]);
            using var right = Worker.Ours(null, ["update", "--threads", $"{threads}", .. peer]);
            return Row(what, "ms", left.Sample, right.Sample, pairs, seconds => seconds * Milliseconds, floor, threads, peers);
        });

    // Of a small model on the demo's images; a sample is the mean of several steps.
    private static Comparisons Step(string what, string model, int batch, string rule, string baseline) =>
        new(what, NeedsPython: false, Pairs: 15, (inputs, pairs) =>
        {
            string[] shape = ["step", "--dataset", inputs.Demo, "--model", model, "--batch", $"{batch}", "--threads", "1", "--steps", "10"];
            using var ours = Worker.Ours(null, [.. shape, "--rule", rule]);
            using var peer = Worker.Ours(null, [.. shape, "--rule", baseline]);
            var peers = $"our {baseline} step, {model}, batch size {batch}";
            return Row(what, "ms", ours.Sample, peer.Sample, pairs, seconds => seconds * Milliseconds, null, threads: 1, peers);
        });

    // The threads are Torch's; the encoded images are decoded by others.
    private static Comparisons EncodedImages(string what, int threads) =>
        new(what, NeedsPython: false, Pairs: 15, (inputs, pairs) =>
        {
            const int Batch = 16;
            string[] shape = ["step", "--rule", "rm3", "--batch", $"{Batch}", "--threads", $"{threads}", "--dataset"];
            using var ours = Worker.Ours(null, [.. shape, inputs.PhotosAs(PackEncoding.Encoded)]);
            using var peer = Worker.Ours(null, [.. shape, inputs.PhotosAs(PackEncoding.Pixels)]);
            return Row(what, "images/s", ours.Sample, peer.Sample, pairs, seconds => Batch / seconds, null, threads, "ours, ResNet-18 on packed pixels");
        });

    private static Comparisons AgainstTorch(string what, string rule, int threads, string peers) =>
        new(what, NeedsPython: true, Pairs: 15, (_, pairs) =>
        {
            using var left = Worker.Ours(null, "update", "--threads", $"{threads}", "--rule", rule);
            using var right = Worker.Peer("update", "--threads", $"{threads}", "--rule", rule);
            return Row(what, "ms", left.Sample, right.Sample, pairs, seconds => seconds * Milliseconds, null, threads, peers);
        });

    private static Row Row(
        string what,
        string unit,
        Func<double> ours,
        Func<double> peer,
        int pairs,
        Func<double, double> figure,
        double? floor,
        int threads,
        string peers)
    {
        var (left, right, ratio, spread) = Comparison.Measure(ours, peer, pairs, figure);
        return new Row(what, unit, left, right, ratio, floor, pairs, spread, threads, peers);
    }
}
