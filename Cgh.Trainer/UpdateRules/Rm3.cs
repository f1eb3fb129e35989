using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of this mini-batch's gradient and those of the previous two (RM3 of arXiv 2003.07422).</summary>
[UpdateRule("rm3")]
internal sealed partial class Rm3(FlatWeights weights, RunSpec spec) : GradientWindow(weights, spec, length: 3)
{
    private readonly MedianFormula _formula = spec.Median;

    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => Median.Of(_formula)(window[0], window[1], window[2]);
}
