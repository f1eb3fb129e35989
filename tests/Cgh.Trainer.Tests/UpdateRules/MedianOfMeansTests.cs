using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class MedianOfMeansTests : IDisposable
{
    private const float Rate = 0.1f;

    private static readonly int[] s_lengths = [1, 3, 4, 5, 8, 9, 15, 16, 17, 33, 303];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, int> Cases => new(
        from width in Enum.GetValues<KernelWidth>()
        from groups in new[] { 5, 7, 9, 11, 13, 99 }
        select ((int)width, groups));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_Mom3_EqualsM3BitForBit()
    {
        TinyDataset.Create(_folder["tiny"]);
        float[] Trained(string rule)
        {
            var spec = TinyRun.Spec(rule) with { WeightDecay = 0.01 };
            using var data = TinyRun.Open(spec, _folder["tiny"]);
            using var loop = new TrainingLoop(spec, data, CPU);
            loop.Run(new Unwatched(), TestContext.Current.CancellationToken);
            return [.. loop.Model.Where(entry => entry.Value.is_floating_point()).SelectMany(entry => Plain.Values(entry.Value))];
        }

        var expected = Trained("m3");

        Assert.Equal(expected, Trained("mom:3"));
        Assert.NotEqual(expected, Trained("mom:5"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Step_Mom3OfNastyValues_EqualsM3BitForBit(bool usesKernel)
    {
        var triples = Plain.NastyTriples(random: 500);
        int[] After(string rule)
        {
            var spec = new RunSpec { Rule = RuleChoice.Parse(rule), WeightDecay = 0.01 };
            using var bench = new RuleBench(spec, new float[triples.Length], usesKernel: usesKernel);
            for (var step = 0; step < 3; step++)
            {
                bench.Step(Rate, [.. Enumerable.Range(0, 3).Select(group => triples.Select(triple => triple[(step + group) % 3]).ToArray())]);
            }

            return [.. bench.Values.Select(BitConverter.SingleToInt32Bits)];
        }

        Assert.Equal(After("m3"), After("mom:3"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MedianOfGroups_EveryWidthAndLength_SelectsTheMiddleValue(int width, int groups)
    {
        foreach (var length in s_lengths)
        {
            foreach (var decay in new[] { 0, 0.01f })
            {
                using var scope = NewDisposeScope();
                var weights = tensor(Enumerable.Range(0, length).Select(i => 0.5f - (0.37f * i % 3)).ToArray());
                var gradients = Enumerable.Range(0, groups)
                    .Select(group => tensor(Enumerable.Range(0, length).Select(i => Nasty(group, i, groups)).ToArray()))
                    .ToArray();
                var (before, columns) = (Plain.Values(weights), gradients.Select(Plain.Values).ToArray());

                var finite = new CpuUpdates(1, (KernelWidth)width).MedianOfGroups(weights, gradients, Rate, decay);

                var after = Plain.Values(weights);
                for (var i = 0; i < length; i++)
                {
                    // The median of the gradients with weight decay, as the rule is defined.
                    var values = columns.Select(column => decay == 0 ? column[i] : MathF.FusedMultiplyAdd(before[i], decay, column[i])).ToArray();
                    var median = values.Any(float.IsNaN) ? float.NaN : values.Order().ElementAt(groups / 2);
                    var expected = MathF.FusedMultiplyAdd(median, -Rate, before[i]);
                    Assert.True(expected.Equals(after[i]), $"{groups} groups, {width} bits, coordinate {i} of {length}: {after[i]}, not {expected}");
                }

                Assert.Equal(after.All(float.IsFinite), finite);
                Assert.All(gradients.Zip(columns), pair => Assert.Equal(pair.Second, Plain.Values(pair.First)));
            }
        }
    }

    [Theory]
    [InlineData("mom:4", "rule mom:4: K must be odd, from 3 to 99 (it is 4).")]
    [InlineData("mom:1", "rule mom:1: K must be odd, from 3 to 99 (it is 1).")]
    [InlineData("mom:7", "batchSize must be at least 14 with mom:7 (it is 10): each of its seven groups needs two examples.")]
    [InlineData("mom:5", null)]
    public void Failures_GroupsThatDoNotFit_NameTheLimit(string rule, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], RunSpecRules.Failures(TinyRun.Spec(rule)));

    // Ordinary, tied, zero, huge and infinite values, and one NaN at some coordinates.
    private static float Nasty(int group, int i, int groups)
    {
        var random = new Random((i * 128) + group);
        var plain = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 2)));
        return (i % 7, random.Next(6)) switch
        {
            (1, < 3) => 0.25f,
            (2, 0) => float.PositiveInfinity,
            (2, 1) => float.NegativeInfinity,
            (3, < 3) => 0f,
            (4, _) when group == i % groups => float.NaN,
            (5, 0) => float.MaxValue,
            (5, 1) => float.MinValue,
            _ => plain,
        };
    }
}
