using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class RuleTests
{
    private const double Rate = 0.1;
    private const double Decay = 0.01;

    private static readonly float[] s_start = [0.5f, -1.5f, 2f, 0.25f, -3f, 1e-3f, 8f];

    [Theory]
    [InlineData("sgd", 0.0)]
    [InlineData("sgd", 0.9)]
    [InlineData("ra3", 0.0)]
    [InlineData("rm3", 0.0)]
    [InlineData("m3", 0.0)]
    public void Step_EightStepsWithDecay_EqualsTheFloat64Reference(string rule, double momentum)
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse(rule), Momentum = momentum, WeightDecay = Decay }, s_start);
        var reference = new PlainRule(rule, momentum, Decay, s_start);
        var random = new Random(3);
        for (var step = 0; step < 8; step++)
        {
            var gradients = Enumerable.Range(0, rule == "m3" ? 3 : 1)
                .Select(_ => s_start.Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())
                .ToArray();
            var rate = Rate / (step + 1);

            bench.Step(rate, gradients);
            reference.Step(rate, gradients);

            for (var i = 0; i < s_start.Length; i++)
            {
                Assert.Equal(reference.Weights[i], bench.Values[i], 2e-6 * Math.Max(1, Math.Abs(reference.Weights[i])));
            }
        }
    }

    [Theory]
    [InlineData("ra3")]
    [InlineData("rm3")]
    public void Step_FirstTwoMiniBatches_DoNotChangeTheWeights(string rule)
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse(rule), WeightDecay = Decay }, s_start);

        bench.Step(Rate, [1, 1, 1, 1, 1, 1, 1]);
        bench.Step(Rate, [2, 2, 2, 2, 2, 2, 2]);

        Assert.Equal(s_start, bench.Values);
        bench.Step(Rate, [3, 3, 3, 3, 3, 3, 3]);
        Assert.NotEqual(s_start, bench.Values);
    }

    [Fact]
    public void Step_Rm3_UsesOnlyTheLastThreeGradients()
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse("rm3") }, [0, 0, 0]);
        bench.Step(1, [100, 100, 100]);
        bench.Step(1, [1, -7, 1e-6f]);
        bench.Step(1, [2, 5, -1]);
        var afterThree = bench.Values;

        bench.Step(1, [3, 6, 1]);

        Assert.Equal([-2f, -5f, -1e-6f], afterThree);
        Assert.Equal([-4f, -10f, -2e-6f], bench.Values);
    }

    [Fact]
    public void Step_M3_SelectsTheMedianBitForBit()
    {
        var triples = Plain.NastyTriples(random: 500).Where(triple => triple.All(float.IsFinite)).ToArray();
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse("m3") }, new float[triples.Length]);

        bench.Step(-1, [.. Enumerable.Range(0, 3).Select(group => triples.Select(triple => triple[group]).ToArray())]);

        Assert.Equal(triples.Select(triple => triple.Order().ElementAt(1)), bench.Values);
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("ra3")]
    [InlineData("rm3")]
    [InlineData("m3")]
    public void Step_OneNaNGradient_MakesOnlyThatWeightNaN(string rule)
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse(rule) }, [1, 1, 1]);
        float[] healthy = [1, 2, 3], sick = [1, float.NaN, 3];
        if (rule == "m3")
        {
            bench.Step(Rate, healthy, sick, healthy);
        }
        else
        {
            bench.Step(Rate, healthy);
            bench.Step(Rate, healthy);
            bench.Step(Rate, sick);
        }

        Assert.Equal([false, true, false], bench.Values.Select(float.IsNaN));
    }

    [Theory]
    [InlineData("sgd", 0.0)]
    [InlineData("sgd", 0.9)]
    [InlineData("ra3", 0.0)]
    [InlineData("rm3", 0.0)]
    [InlineData("m3", 0.0)]
    public void Step_WeightOverflows_ReturnsFalse(string rule, double momentum)
    {
        using var bench = new RuleBench(new RunSpec { Rule = RuleChoice.Parse(rule), Momentum = momentum, WeightDecay = Decay }, s_start);
        var gradients = Enumerable.Repeat(s_start.Select((_, i) => i == 4 ? 1e38f : 1f).ToArray(), rule == "m3" ? 3 : 1).ToArray();
        for (var step = 0; step < 3; step++)
        {
            Assert.True(bench.Step(Rate, gradients));
        }

        Assert.False(bench.Step(1000, gradients));
        Assert.Equal([4], Enumerable.Range(0, s_start.Length).Where(i => !float.IsFinite(bench.Values[i])));
    }

    [Theory]
    [InlineData(6, new[] { 0, 2, 4, 6 })]
    [InlineData(7, new[] { 0, 3, 5, 7 })]
    [InlineData(20, new[] { 0, 7, 14, 20 })]
    [InlineData(256, new[] { 0, 86, 171, 256 })]
    public void GroupBounds_ThreeGroups_DifferByAtMostOne(int examples, int[] expected) =>
        Assert.Equal(expected, RuleFactory.GroupBounds(examples, groups: 3));

    // The paper's definitions, computed one number at a time in float64.
    private sealed class PlainRule(string rule, double momentum, double decay, float[] start)
    {
        private readonly List<double[]> _window = [];
        private double[]? _velocity;

        public double[] Weights { get; } = [.. start.Select(weight => (double)weight)];

        public void Step(double rate, float[][] gradients)
        {
            var decayed = gradients.Select(gradient => gradient.Select((g, i) => g + (decay * Weights[i])).ToArray()).ToArray();
            var estimate = Estimate(decayed);
            for (var i = 0; estimate is not null && i < Weights.Length; i++)
            {
                Weights[i] -= rate * estimate[i];
            }
        }

        private double[]? Estimate(double[][] gradients)
        {
            if (rule == "m3")
            {
                return Each(i => gradients.Select(gradient => gradient[i]).Order().ElementAt(1));
            }

            if (rule == "sgd")
            {
                _velocity = _velocity is null ? gradients[0] : Each(i => (momentum * _velocity[i]) + gradients[0][i]);
                return _velocity;
            }

            _window.Add(gradients[0]);
            if (_window.Count < 3)
            {
                return null;
            }

            var last = _window.TakeLast(3).ToArray();
            return rule == "rm3"
                ? Each(i => last.Select(gradient => gradient[i]).Order().ElementAt(1))
                : Each(i => last.Average(gradient => gradient[i]));
        }

        private double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Weights.Length).Select(value)];
    }
}
