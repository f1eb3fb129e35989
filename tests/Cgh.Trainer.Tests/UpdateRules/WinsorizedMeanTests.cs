using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

/// <summary>Tests of the winsorized sums against sorting all values of a coordinate.</summary>
public sealed class WinsorizedMeanTests
{
    // Numbers of inputs around every register's size; with one, the sums are those of biases.
    private static readonly int[] s_inputs = [1, 4, 7, 16, 33];

    // Batches of which all values are clipped, all but one, and more.
    private static readonly (int Examples, int Percent)[] s_shapes =
        [(2, 1), (3, 1), (3, 49), (4, 40), (5, 25), (10, 45), (20, 8), (25, 25), (100, 1), (100, 8), (100, 49), (101, 8)];

    public static TheoryData<int> Widths => [.. Enum.GetValues<KernelWidth>().Select(width => (int)width)];

    [Theory]
    [InlineData(100, 0, 0, 1)]
    [InlineData(100, 1, 1, 0.99)]
    [InlineData(100, 8, 8, 0.92)]
    [InlineData(101, 8, 8, 1)]
    [InlineData(2, 1, 1, 0.01)]
    [InlineData(1, 8, 0, 1)]
    public void Of_ExamplesAndPercent_IsNumPysPosition(int examples, int percent, int clipped, double fraction) =>
        Assert.Equal(new Winsorizing(clipped, fraction), Winsorizing.Of(examples, percent));

    // numpy: p = [-3, 10, 1, 2, 100, 4, 5, 6, 7, -50]; np.clip(p, *np.percentile(p, [10, 90])).sum()
    [Fact]
    public void Sum_TenValues_IsNumPys()
    {
        double[] values = [-3, 10, 1, 2, 100, 4, 5, 6, 7, -50];

        Assert.Equal(43.3, PlainSum(values, 10), 1e-12);
        using var scope = NewDisposeScope();
        var target = zeros(1, float64);
        WinsorizedMean.OfProducts(tensor(values).view(10, 1), ones(10, 1, float64), Winsorizing.Of(10, 10), target);
        Assert.Equal(43.3, target.item<double>(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Average_EveryWidthAndShape_EqualsSortingInFloat64(int width)
    {
        foreach (var (examples, percent) in s_shapes)
        {
            foreach (var inputs in s_inputs)
            {
                using var scope = NewDisposeScope();
                var (x, errors) = Layer(examples, inputs, outputs: 3);

                var sums = Average(x, errors, percent, (KernelWidth)width);

                AssertSums(x, errors, percent, sums, tolerance: 2e-6);
            }
        }
    }

    [Fact]
    public void OfProducts_EveryShape_EqualsSorting()
    {
        foreach (var (examples, percent) in s_shapes)
        {
            using var scope = NewDisposeScope();
            var (x, errors) = Layer(examples, 33, outputs: 3);
            var (single, exact) = (zeros(3 * 33), zeros(3 * 33, float64));

            WinsorizedMean.OfProducts(x, errors, Winsorizing.Of(examples, percent), single);
            WinsorizedMean.OfProducts(x.to(float64), errors.to(float64), Winsorizing.Of(examples, percent), exact);

            AssertSums(x, errors, percent, Plain.Values(single), tolerance: 2e-6);
            AssertSums(x, errors, percent, exact.data<double>().Select(value => (float)value), tolerance: 1e-7);
        }
    }

    // Ties, zeros, denormals, huge values, infinities and NaN.
    [Fact]
    public void Average_NastyValues_HasTheSameBitsInAllWidthsAndIsWhatTorchGives()
    {
        var triples = Plain.NastyTriples(random: 40);
        foreach (var percent in new[] { 1, 20, 33, 45 })
        {
            using var scope = NewDisposeScope();

            // Each coordinate has the three values of a triple four times, and no others.
            var values = stack([.. Enumerable.Range(0, 12).Select(example => tensor(triples.Select(triple => triple[example % 3]).ToArray()))]);
            var errors = ones(12, 1);
            var torch = zeros(triples.Length);
            WinsorizedMean.OfProducts(values, errors, Winsorizing.Of(12, percent), torch);
            var (expected, narrow) = (Plain.Values(torch), Average(values, errors, percent, KernelWidth.Scalar));
            foreach (var width in Enum.GetValues<KernelWidth>())
            {
                Assert.Equal(narrow.Select(KernelBits), Average(values, errors, percent, width).Select(KernelBits));
            }

            for (var i = 0; i < triples.Length; i++)
            {
                var triple = triples[i];
                if (triple.Any(float.IsNaN))
                {
                    Assert.True(float.IsNaN(narrow[i]) && float.IsNaN(expected[i]), $"{percent}% of {string.Join(", ", triple)}: {narrow[i]}, {expected[i]}");
                }
                else if (triple.All(value => Math.Abs(value) < 1e37f))
                {
                    Assert.Equal(expected[i], narrow[i], 3e-6f * triple.Max(Math.Abs) * 12);
                }
            }
        }
    }

    // The 12 values of a coordinate are 11 ordinary ones and an infinite one, which is clipped.
    [Fact]
    public void Average_OneInfiniteValue_IsClippedToTheLargestOfTheOthers()
    {
        using var scope = NewDisposeScope();
        var values = tensor([1f, 2, 3, 4, 5, 6, 7, 8, 9, 10, float.PositiveInfinity]).view(11, 1);

        // The percentiles are values: the second smallest and the second largest.
        var sum = Assert.Single(Average(values, ones(11, 1), percent: 10, KernelWidths.Widest));

        Assert.Equal((2 * 2) + 3 + 4 + 5 + 6 + 7 + 8 + 9 + (2 * 10), sum);
    }

    // A difference of sums would have lost the ordinary values beside the outlier.
    [Fact]
    public void Average_HugeOutlier_LeavesNoRoundingError()
    {
        using var scope = NewDisposeScope();
        var values = tensor([0.5f, 1e30f, 0.25f, -1e30f, 0.125f, 0.0625f, 1, 2, 3, -1, -2]).view(11, 1);

        var sum = Assert.Single(Average(values, ones(11, 1), percent: 10, KernelWidths.Widest));

        Assert.Equal(-2 - 2 - 1 + 0.0625f + 0.125f + 0.25f + 0.5f + 1 + 2 + 3 + 3, sum);
    }

    [Fact]
    public void Average_SharedByThreads_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var (x, errors) = Layer(examples: 100, inputs: 515, outputs: 40);
        var (one, three) = (zeros(515 * 40), zeros(515 * 40));

        new WinsorizedKernel(1, KernelWidths.Widest).Average(x, errors, Winsorizing.Of(100, 8), one);
        new WinsorizedKernel(3, KernelWidths.Widest).Average(x, errors, Winsorizing.Of(100, 8), three);

        Assert.Equal(Plain.Values(one), Plain.Values(three));
    }

    private static float[] Average(Tensor inputs, Tensor errors, int percent, KernelWidth width)
    {
        // Between guards.
        var target = full(2 + (inputs.shape[1] * errors.shape[1]), 12345f);
        new WinsorizedKernel(1, width).Average(
            inputs, errors, Winsorizing.Of((int)inputs.shape[0], percent), target.narrow(0, 1, inputs.shape[1] * errors.shape[1]));
        var values = Plain.Values(target);
        Assert.Equal((12345f, 12345f), (values[0], values[^1]));
        return values[1..^1];
    }

    private static void AssertSums(Tensor inputs, Tensor errors, int percent, IEnumerable<float> sums, double tolerance)
    {
        var (x, e, width) = (Plain.Values(inputs), Plain.Values(errors), (int)inputs.shape[1]);
        var i = 0;
        foreach (var sum in sums)
        {
            var values = Enumerable.Range(0, (int)inputs.shape[0])
                .Select(example => (double)(e[(example * (int)errors.shape[1]) + (i / width)] * x[(example * width) + (i % width)]))
                .ToArray();
            Assert.Equal(PlainSum(values, percent), sum, tolerance * values.Sum(Math.Abs));
            i++;
        }
    }

    // NumPy's percentile and clip.
    private static double PlainSum(double[] values, int percent)
    {
        var sorted = values.Order().ToArray();
        double Percentile(double q)
        {
            var position = (values.Length - 1) * q / 100;
            var below = (int)Math.Floor(position);
            return sorted[below] + ((position - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
        }

        return values.Sum(value => Math.Clamp(value, Percentile(percent), Percentile(100 - percent)));
    }

    private static int KernelBits(float value) => float.IsNaN(value) ? -1 : BitConverter.SingleToInt32Bits(value + 0f);

    // As of a ReLU network: half of the inputs are zero, half of the errors as well, and some are repeated.
    private static (Tensor Inputs, Tensor Errors) Layer(int examples, int inputs, int outputs)
    {
        var random = new Random(examples + inputs);
        float Value() => random.Next(4) switch { 0 => 0, 1 => 0.25f, _ => (float)(random.NextDouble() - 0.5) };
        return (
            tensor(Enumerable.Range(0, examples * inputs).Select(_ => Value()).ToArray()).view(examples, inputs),
            tensor(Enumerable.Range(0, examples * outputs).Select(_ => Value()).ToArray()).view(examples, outputs));
    }
}
