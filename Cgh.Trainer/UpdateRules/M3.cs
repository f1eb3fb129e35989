using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Median of the mean gradients of three groups of the mini-batch (M3 of arXiv 2003.07422). Each group has a separate forward pass:
/// batch normalization uses the group's statistics, and the running statistics are updated three times per step.
/// </summary>
[UpdateRule("m3")]
internal sealed partial class M3(FlatWeights weights, RunSpec spec) : GradientGroups(weights, spec)
{
    private readonly MedianFormula _formula = spec.Median;

    protected override Tensor Estimate(IReadOnlyList<Tensor> groups) => Median.Of(_formula)(groups[0], groups[1], groups[2]);
}
