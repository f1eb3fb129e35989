using System.Runtime.InteropServices;
using System.Text;
using Cgh.Core.Numpy;
using Cgh.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Summary of a tensor computed by PyTorch: its norm, sums with random signs, and some entries.</summary>
internal sealed record GoldenSummary(double Norm, double[] Sums, double[] Entries);

/// <summary>Tensors and results of a torchvision model (tests/golden/make_models.py).</summary>
internal sealed record GoldenModel(
    long Parameters,
    int[] Evaluation,
    int[] Training,
    double Loss,
    double Rounding,
    Dictionary<string, long[]> Tensors,
    Dictionary<string, double[]> Initialisation,
    Dictionary<string, GoldenSummary> Gradients,
    Dictionary<string, GoldenSummary> Statistics)
{
    private const string AuxiliarySuffix = "-auxiliary";

    public static IReadOnlyList<string> Names { get; } =
        ["resnet18", "resnet34", "resnet50", "vgg13-bn", "vgg16-bn", "inception-v3", "inception-v3" + AuxiliarySuffix];

    public static GoldenModel Load(string name) => Golden.Json<GoldenModel>("models", name + ".json");

    public static float[] Logits(string name)
    {
        var path = Golden.PathOf("models", name + ".logits.npy");
        var header = NpyFile.ReadHeader(path);
        Assert.Equal(NpyFile.Float32, header.Descriptor);
        return [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path).AsSpan((int)header.DataOffset))];
    }

    /// <summary>Creates our model of that name with torchvision's number of classes and random weights.</summary>
    public static nn.Module<Tensor, Tensor> Create(string name) => name.EndsWith(AuxiliarySuffix, StringComparison.Ordinal)
        ? ModelRegistry.Create(name[..^AuxiliarySuffix.Length], 1000, auxiliaryLogits: true)
        : ModelRegistry.Create(name, 1000);

    /// <summary>Sets the weights and statistics by the same formula as make_models.py.</summary>
    public static void Fill(nn.Module model)
    {
        using var withoutGradients = no_grad();
        foreach (var (name, target) in ModelTensors.Of(model).Where(entry => !entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            var fan = target.shape.Skip(1).Aggregate(1.0, (product, side) => product * side);
            var (middle, bound) = target.shape.Length > 1 ? (0, Math.Sqrt(6 / fan))
                : name.EndsWith("running_var", StringComparison.Ordinal) ? (1, 0.5)
                : name.EndsWith("weight", StringComparison.Ordinal) ? (1, 0.2)
                : (0.0, 0.1);
            using var values = Values(name, target.shape, middle, bound);
            target.copy_(values);
        }
    }

    /// <summary>Creates images; <paramref name="shape"/> is their number and their side in pixels.</summary>
    public static Tensor Images(string name, int[] shape) => Values(name, [shape[0], 3, shape[1], shape[1]], 0, Math.Sqrt(3));

    public static Tensor Labels(int count) => tensor(Enumerable.Range(0, count).Select(image => ((7L * image) + 3) % 1000).ToArray());

    /// <summary>Switches to training mode without dropout.</summary>
    public static void TrainWithoutDropout(nn.Module model)
    {
        model.train();
        foreach (var dropout in model.modules().OfType<Dropout>())
        {
            dropout.eval();
        }
    }

    /// <summary>
    /// Distance of <paramref name="actual"/> from the tensor summarized by <paramref name="expected"/>: the largest of the root mean square
    /// difference of the sums, which estimates the norm of the difference, and the differences of the norms and of the entries.
    /// </summary>
    public static double Distance(string name, GoldenSummary expected, Tensor actual)
    {
        using var plain = actual.detach().to(float64).contiguous();
        var values = MemoryMarshal.Cast<byte, double>(plain.bytes);
        var sums = new double[expected.Sums.Length];
        var square = 0.0;
        var seed = Seed(name + "#sign");
        for (var i = 0; i < values.Length; i++)
        {
            var bits = Hash(seed, i);
            square += values[i] * values[i];
            for (var sum = 0; sum < sums.Length; sum++)
            {
                sums[sum] += ((bits >> sum) & 1) == 0 ? values[i] : -values[i];
            }
        }

        var bySums = Math.Sqrt(sums.Zip(expected.Sums).Average(pair => Math.Pow(pair.First - pair.Second, 2)));
        var byEntries = 0.0;
        for (var k = 0; k < expected.Entries.Length; k++)
        {
            byEntries = Math.Max(byEntries, Math.Abs(expected.Entries[k] - values[(int)(((2 * k) + 1L) * values.Length / (2 * expected.Entries.Length))]));
        }

        return new[] { bySums, byEntries, Math.Abs(Math.Sqrt(square) - expected.Norm) }.Max();
    }

    private static Tensor Values(string name, long[] shape, double middle, double bound)
    {
        var result = empty(shape);
        var values = MemoryMarshal.Cast<byte, float>(result.bytes);
        var seed = Seed(name);
        var (offset, size) = ((float)middle, (float)bound);
        for (var i = 0; i < values.Length; i++)
        {
            var unit = (Hash(seed, i) >> 8) * (1f / (1 << 24));
            values[i] = (((unit * 2f) - 1f) * size) + offset;
        }

        return result;
    }

    // FNV-1a.
    private static uint Seed(string name) => Encoding.UTF8.GetBytes(name).Aggregate(2166136261u, (seed, value) => (seed ^ value) * 16777619u);

    // MurmurHash3's finaliser.
    private static uint Hash(uint seed, int index)
    {
        var h = ((uint)index * 0x9E3779B1u) + seed;
        h ^= h >> 16;
        h *= 0x85EBCA6Bu;
        h ^= h >> 13;
        h *= 0xC2B2AE35u;
        return h ^ (h >> 16);
    }
}
