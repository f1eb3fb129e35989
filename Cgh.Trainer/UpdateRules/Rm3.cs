using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of this mini-batch's gradient and those of the previous two (the paper's RM3).</summary>
internal sealed class Rm3(FlatWeights weights, double weightDecay, MedianFormula formula) : GradientWindow(weights, weightDecay)
{
    private readonly Func<Tensor, Tensor, Tensor, Tensor> _median = Median.Of(formula);

    protected override bool Move(CpuUpdates updates, IReadOnlyList<Tensor> window, double learningRate, double decay) =>
        formula == MedianFormula.Exact
            ? updates.Window<MedianEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay)
            : updates.Window<AuthorsMedianEstimate>(Weights.Values, window[0], window[1], window[2], learningRate, decay);

    protected override Tensor Estimate(IReadOnlyList<Tensor> window) => _median(window[0], window[1], window[2]);
}
