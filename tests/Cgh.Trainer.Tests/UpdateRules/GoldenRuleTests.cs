using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

/// <summary>
/// Compares the rules with the authors' formulas in float64 (tests/golden/make_models.py), step by step. With -showLiveOutput, the tests
/// print the figures in docs/results/parity.md.
/// </summary>
public sealed class GoldenRuleTests
{
    private static readonly GoldenRules s_golden = Golden.Json<GoldenRules>("rules.json");

    public static TheoryData<int> Cases { get; } = [.. Enumerable.Range(0, s_golden.Cases.Length)];

    public static TheoryData<int> MedianCases { get; } = [.. Cases.Select(row => row.Data).Where(index => s_golden.Cases[index].Rule is "rm3" or "m3")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_FiftyStepsInFloat64_EqualsTheAuthorsFormula(int index)
    {
        var largest = LargestDifference(s_golden.Cases[index], float64, MedianFormula.Exact);

        Print(index, "float64", largest);
        Assert.InRange(largest, 0, 1e-13);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_FiftyStepsInFloat32_EqualsTheAuthorsFormulaUpToRounding(int index)
    {
        var largest = LargestDifference(s_golden.Cases[index], float32, MedianFormula.Exact);

        Print(index, "float32", largest);
        Assert.InRange(largest, 0, 2e-6);
    }

    [Theory]
    [MemberData(nameof(MedianCases))]
    public void Step_AuthorsMedianInFloat64_EqualsTheAuthorsFormula(int index)
    {
        Assert.InRange(LargestDifference(s_golden.Cases[index], float64, MedianFormula.Authors), 0, 1e-14);
    }

    // Over all steps and weights, relative to the largest magnitude of the weight so far.
    private static double LargestDifference(GoldenRule golden, ScalarType type, MedianFormula median)
    {
        var spec = new RunSpec { Rule = RuleChoice.Parse(golden.Rule), Momentum = golden.Momentum, WeightDecay = golden.Decay, Median = median };
        using var bench = new RuleBench(spec, s_golden.Start, type);
        var size = s_golden.Start.Select(weight => Math.Abs((double)weight)).ToArray();
        var largest = 0.0;
        for (var step = 0; step < s_golden.Rates.Length; step++)
        {
            bench.Step(s_golden.Rates[step], spec.Rule.Groups > 1 ? s_golden.Gradients[step] : [s_golden.Gradients[step][0]]);
            var weights = bench.ExactValues;
            for (var i = 0; i < weights.Length; i++)
            {
                size[i] = Math.Max(size[i], Math.Abs(golden.Weights[step][i]));
                largest = Math.Max(largest, Math.Abs(weights[i] - golden.Weights[step][i]) / size[i]);
            }
        }

        return largest;
    }

    private static void Print(int index, string type, double largest) => TestContext.Current.TestOutputHelper!.WriteLine(
        FormattableString.Invariant(
            $"{s_golden.Cases[index].Rule}, momentum {s_golden.Cases[index].Momentum}, decay {s_golden.Cases[index].Decay}, {type}: {largest:E1}"));

    private sealed record GoldenRule(string Rule, double Momentum, double Decay, double[][] Weights);

    private sealed record GoldenRules(float[] Start, double[] Rates, float[][][] Gradients, GoldenRule[] Cases);
}
