using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of this mini-batch's gradient and those of the previous two (RA3 of arXiv 2003.07422): the control which shows that RM3's
/// median makes the difference and not its window.
/// </summary>
[UpdateRule("ra3")]
internal sealed partial class Ra3(FlatWeights weights, RunSpec spec) : GradientWindow(weights, spec, length: 3)
{
    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => window[0].add(window[1]).add_(window[2]).div_(3);
}
