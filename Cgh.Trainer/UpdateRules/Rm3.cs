using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Median of this mini-batch's gradient and those of the previous two (the paper's RM3).</summary>
internal sealed class Rm3(FlatWeights weights, double weightDecay, MedianFormula formula) : GradientWindow(weights, weightDecay)
{
    private readonly Func<Tensor, Tensor, Tensor, Tensor> _median = Median.Of(formula);

    protected override bool Move(CpuUpdates updates, Tensor oldest, Tensor previous, Tensor newest, double learningRate, double decay) =>
        formula == MedianFormula.Exact
            ? updates.Window<MedianEstimate>(Weights.Values, oldest, previous, newest, learningRate, decay)
            : updates.Window<AuthorsMedianEstimate>(Weights.Values, oldest, previous, newest, learningRate, decay);

    protected override Tensor Estimate(Tensor oldest, Tensor previous, Tensor newest) => _median(oldest, previous, newest);
}
