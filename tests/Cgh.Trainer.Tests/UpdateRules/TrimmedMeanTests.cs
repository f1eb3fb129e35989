using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class TrimmedMeanTests
{
    private const float Rate = 0.1f;

    // Lengths around every register size, and multiples with a remainder.
    private static readonly int[] s_lengths = [1, 3, 4, 5, 8, 9, 15, 16, 17, 33, 1003];

    private static readonly (int Window, int Trim)[] s_shapes =
        [(5, 0), (5, 1), (5, 2), (7, 0), (7, 1), (7, 2), (7, 3), (9, 0), (9, 1), (9, 2), (9, 3), (9, 4)];

    private static readonly float[][] s_nasty = [.. Enumerable.Range(0, 9).Select(vector => Enumerable.Range(0, 1003).Select(i => Nasty(vector, i)).ToArray())];

    public static TheoryData<int, int, int> Cases => new(
        from width in Enum.GetValues<KernelWidth>()
        from shape in s_shapes
        select ((int)width, shape.Window, shape.Trim));

    public static TheoryData<int, int> Shapes => new(s_shapes);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Trimmed_EveryWidthAndLength_EqualsTheReferenceMean(int width, int window, int trim)
    {
        foreach (var length in s_lengths)
        {
            foreach (var (offset, decay) in new[] { (0, 0f), (1, 0f), (5, 0.01f), (0, 0.01f) })
            {
                using var scope = NewDisposeScope();
                var weights = Vector(Enumerable.Range(0, length).Select(i => 0.5f - (0.37f * i % 3)), offset);
                var gradients = Enumerable.Range(0, window).Select(vector => Vector(s_nasty[vector].Take(length), offset)).ToArray();
                var (before, columns) = (Plain.Values(weights), gradients.Select(Plain.Values).ToArray());

                var finite = new CpuUpdates(1, (KernelWidth)width).Trimmed(weights, gradients, trim, Rate, decay);

                var (after, newest) = (Plain.Values(weights), Plain.Values(gradients[^1]));
                for (var i = 0; i < length; i++)
                {
                    var values = columns.Select(column => column[i]).ToArray();
                    values[^1] = decay == 0 ? values[^1] : MathF.FusedMultiplyAdd(before[i], decay, values[^1]);
                    var expected = MathF.FusedMultiplyAdd(PlainMean(values, trim), -Rate, before[i]);

                    // Compare as numbers, as the sort order of -0 and +0 is unspecified.
                    Assert.True(
                        expected.Equals(after[i]),
                        $"{window}:{trim}, {width} bits, coordinate {i} of {length} from {offset}, of {string.Join(", ", values)}: {after[i]}, not {expected}");
                    Assert.True(values[^1].Equals(newest[i]));
                }

                Assert.Equal(after.All(float.IsFinite), finite);
                Assert.All(gradients.SkipLast(1).Zip(columns), pair => Assert.Equal(pair.Second, Plain.Values(pair.First)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Of_NastyValues_EqualsTheReferenceMean(int window, int trim)
    {
        using var scope = NewDisposeScope();
        var columns = s_nasty[..window];

        var mean = Plain.Values(TrimmedMean.Of([.. columns.Select(column => tensor(column))], trim));

        for (var i = 0; i < mean.Length; i++)
        {
            var values = columns.Select(column => column[i]).ToArray();
            Assert.True(PlainMean(values, trim).Equals(mean[i]), $"{window}:{trim} of {string.Join(", ", values)} is {mean[i]}");
        }
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(7, 0)]
    [InlineData(9, 2)]
    public void Trimmed_SeveralThreads_GivesTheSameBits(int window, int trim)
    {
        const int Length = (3 << 17) + 21;
        using var scope = NewDisposeScope();
        var gradients = Enumerable.Range(0, window)
            .Select(vector => tensor(Enumerable.Range(0, Length).Select(i => s_nasty[vector][i % 1003]).ToArray()))
            .ToArray();
        var (one, three) = (ones(Length), ones(Length));

        var finite = new CpuUpdates(1, KernelWidths.Widest).Trimmed(one, gradients, trim, Rate, 0);

        Assert.Equal(finite, new CpuUpdates(3, KernelWidths.Widest).Trimmed(three, gradients, trim, Rate, 0));
        Assert.Equal(Plain.Values(one).Select(BitConverter.SingleToInt32Bits), Plain.Values(three).Select(BitConverter.SingleToInt32Bits));
    }

    // By the zero-one principle, a network that sorts all 2^window inputs of zeros and ones sorts any input.
    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public void Trimmed_AllZerosAndOnes_ReturnsTheMedian(int window)
    {
        using var scope = NewDisposeScope();
        var gradients = Enumerable.Range(0, window)
            .Select(vector => tensor(Enumerable.Range(0, 1 << window).Select(order => (float)((order >> vector) & 1)).ToArray()))
            .ToArray();
        var weights = zeros(1 << window);

        new CpuUpdates(1, KernelWidths.Widest).Trimmed(weights, gradients, window / 2, -1, 0);

        Assert.Equal(Enumerable.Range(0, 1 << window).Select(order => int.PopCount(order) > window / 2 ? 1f : 0f), Plain.Values(weights));
    }

    [Theory]
    [InlineData("median:3", "rm3")]
    [InlineData("trimmed:3:1", "rm3")]
    [InlineData("trimmed:3:0", "ra3")]
    public void Step_WindowOfThree_EqualsThePapersRuleBitForBit(string rule, string paper)
    {
        Assert.Equal(Trained(paper, ScalarType.Float32), Trained(rule, ScalarType.Float32));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Step_FiftySteps_EqualsTheFloat64Reference(int window, int trim)
    {
        var rule = $"trimmed:{window}:{trim}";
        var expected = PlainTraining(window, trim);

        Assert.Equal(0, Distance(expected, Trained(rule, ScalarType.Float64)), 1e-12);
        Assert.Equal(0, Distance(expected, Trained(rule, ScalarType.Float32)), 2e-6);
    }

    [Fact]
    public void Step_MedianOfFive_UsesTheLastFiveGradientsOnceTheWindowIsFull()
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse("median:5") }, [0, 0, 0]);
        foreach (var gradient in new float[][] { [100, 100, 100], [1, -7, 1e-6f], [2, 5, -1], [3, 6, 1] })
        {
            bench.Step(1, gradient);
            Assert.Equal([0, 0, 0], bench.Values);
        }

        bench.Step(1, [-4, 7, 2]);
        Assert.Equal([-2, -6, -1], bench.Values);

        bench.Step(1, [-5, -8, 3]);
        Assert.Equal([-3, -11, -2], bench.Values);
    }

    private static float[] Gradient(int step) => [.. Enumerable.Range(0, 10).Select(i => MathF.Sin((step * 7) + (i * i)) / (1 + (i * step % 5)))];

    private static double[] Trained(string rule, ScalarType type)
    {
        Assert.True(RuleChoice.TryParse(rule, out var choice));
        using var bench = new RuleBench(new RunSpec { Rule = choice, WeightDecay = 0.01 }, Gradient(99), type);
        for (var step = 0; step < 50; step++)
        {
            bench.Step(0.1 / (1 + step), Gradient(step));
        }

        return bench.ExactValues;
    }

    private static double[] PlainTraining(int window, int trim)
    {
        var weights = Gradient(99).Select(weight => (double)weight).ToArray();
        var seen = new List<double[]>();
        for (var step = 0; step < 50; step++)
        {
            seen.Add([.. Gradient(step).Select((g, i) => g + (0.01 * weights[i]))]);
            for (var i = 0; seen.Count >= window && i < weights.Length; i++)
            {
                weights[i] -= 0.1 / (1 + step) * seen.TakeLast(window).Select(gradient => gradient[i]).Order().Skip(trim).SkipLast(trim).Average();
            }
        }

        return weights;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static Tensor Vector(IEnumerable<float> values, int offset)
    {
        var all = Enumerable.Repeat(0f, offset).Concat(values).ToArray();
        return tensor(all).narrow(0, offset, all.Length - offset);
    }

    // Ordinary, tied, tiny, huge and infinite values of either sign, and NaN at some coordinates.
    private static float Nasty(int vector, int i)
    {
        var random = new Random((i * 16) + vector);
        var plain = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 2)));
        return (i % 7, random.Next(6)) switch
        {
            (1, < 3) => 0.25f,
            (2, 0) => float.PositiveInfinity,
            (2, 1) => float.NegativeInfinity,
            (3, 0) => 0f,
            (3, 1) => -0f,
            (3, 2) => float.Epsilon,
            (4, _) when vector == i % 5 => float.NaN,
            (5, 0) => float.MaxValue,
            (5, 1) => float.MinValue,
            _ => plain,
        };
    }

    private static float PlainMean(float[] values, int trim)
    {
        if (values.Any(float.IsNaN))
        {
            return float.NaN;
        }

        var left = trim == 0 ? values : [.. values.Order().Skip(trim).SkipLast(trim)];
        return left.Skip(1).Aggregate(left[0], (sum, next) => sum + next) / left.Length;
    }
}
