using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Mean of this mini-batch's gradient and those of the previous two (the paper's RA3): the control which shows that RM3's
/// median makes the difference and not its window.
/// </summary>
internal sealed class Ra3(FlatWeights weights, double weightDecay) : GradientWindow(weights, weightDecay)
{
    protected override bool Move(CpuUpdates updates, IReadOnlyList<Tensor> window, double learningRate, double decay) =>
        updates.Window<MeanEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay);

    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => window[0].add(window[1]).add_(window[2]).div_(3);
}
