using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A test-only rule without a kernel or a marker, whose number of groups is a parameter.</summary>
[UpdateRule("group-mean")]
internal sealed class GroupMean(FlatWeights weights, RunSpec spec) : GradientGroups(weights, spec)
{
    public static UpdateRule Entry { get; } = new("group-mean")
    {
        Summary = "the mean of the gradients of G groups of the mini-batch",
        Definition = "mean of the mean gradients of G groups of the mini-batch",
        Source = "These tests",
        Parameters = [new('G', 2, 4)],
        Groups = static choice => choice['G'],
    };

    protected override Tensor Estimate(IReadOnlyList<Tensor> groups) => stack(groups).mean([0]);
}
