using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of this mini-batch's gradient and those of the previous two (the paper's RM3).</summary>
internal sealed class Rm3(FlatWeights weights, double weightDecay) : GradientWindow(weights, weightDecay)
{
    protected override Tensor Estimate(Tensor oldest, Tensor previous, Tensor newest) => Median.OfThree(oldest, previous, newest);
}
