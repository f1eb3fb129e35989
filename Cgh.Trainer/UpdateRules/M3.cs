using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Median of the mean gradients of three groups of the mini-batch (M3 of arXiv 2003.07422). Each group is a forward pass of its own:
/// batch normalisation normalises it by its own statistics, and running statistics see three updates a step.
/// </summary>
[UpdateRule("m3")]
internal sealed partial class M3(FlatWeights weights, RunSpec spec) : GradientGroups(weights, spec)
{
    private readonly MedianFormula _formula = spec.Median;

    protected override Tensor Estimate(IReadOnlyList<Tensor> groups) => Median.Of(_formula)(groups[0], groups[1], groups[2]);
}
