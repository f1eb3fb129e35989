using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of the mean gradients of K groups of the mini-batch, K odd: M3 with more groups. Selected, so it is one of the K values.</summary>
[UpdateRule("mom")]
internal sealed partial class MedianOfMeans(FlatWeights weights, RunSpec spec) : GradientGroups(weights, spec)
{
    protected override Tensor Estimate(IReadOnlyList<Tensor> groups) =>
        groups.Count == 3 ? Median.OfThree(groups[0], groups[1], groups[2]) : TrimmedMean.Of(groups, groups.Count / 2);
}
