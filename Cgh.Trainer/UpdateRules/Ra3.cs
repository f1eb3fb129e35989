using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of this mini-batch's gradient and those of the previous two (the paper's RA3): the control which shows that RM3's
/// median makes the difference and not its window.
/// </summary>
internal sealed class Ra3(FlatWeights weights, double weightDecay) : GradientWindow(weights, weightDecay)
{
    protected override bool Move(CpuUpdates updates, Tensor oldest, Tensor previous, Tensor newest, double learningRate, double decay) =>
        updates.Window<MeanEstimate>(Weights.Values, oldest, previous, newest, learningRate, decay);

    protected override Tensor Estimate(Tensor oldest, Tensor previous, Tensor newest) => oldest.add(previous).add_(newest).div_(3);
}
