using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of this mini-batch's gradient and those of the previous two (RA3 of arXiv 2003.07422). It is the control that separates the
/// effect of RM3's median from that of its window.
/// </summary>
[UpdateRule("ra3")]
internal sealed partial class Ra3(FlatWeights weights, RunSpec spec) : GradientWindow(weights, spec, length: 3)
{
    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => window[0].add(window[1]).add_(window[2]).div_(3);
}
