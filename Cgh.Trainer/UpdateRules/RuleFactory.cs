using System.Diagnostics;
using Cgh.Core.Runs;

namespace Cgh.Trainer.UpdateRules;

internal static class RuleFactory
{
    /// <summary>The rule of <paramref name="spec"/> over these weights.</summary>
    public static GradientRule Create(RunSpec spec, FlatWeights weights) => spec.Rule.Kind switch
    {
        UpdateRule.Sgd => new Sgd(weights, spec.WeightDecay, spec.Momentum),
        UpdateRule.Ra3 => new Ra3(weights, spec.WeightDecay),
        UpdateRule.Rm3 => new Rm3(weights, spec.WeightDecay, spec.Median),
        UpdateRule.M3 => new M3(weights, spec.WeightDecay, spec.Median),
        UpdateRule.Median => Window(spec, weights, spec.Rule.Window / 2),
        UpdateRule.Trimmed => Window(spec, weights, spec.Rule.Trim),
        _ => throw new UnreachableException($"{spec.Rule} passed RunSpecRules."),
    };

    // The median is what is left when all but the middle one are dropped.
    private static GradientRule Window(RunSpec spec, FlatWeights weights, int trim) => (spec.Rule.Window, trim) switch
    {
        (3, 0) => new Ra3(weights, spec.WeightDecay),
        (3, _) => new Rm3(weights, spec.WeightDecay, MedianFormula.Exact),
        (var length, _) => new TrimmedMean(weights, spec.WeightDecay, length, trim),
    };

    /// <summary>
    /// Where each group of a mini-batch starts, and where the last one ends. Sizes differ by at most one, larger ones first.
    /// </summary>
    public static int[] GroupBounds(int examples, int groups) =>
        [.. Enumerable.Range(0, groups + 1).Select(group => (group * (examples / groups)) + Math.Min(group, examples % groups))];
}
