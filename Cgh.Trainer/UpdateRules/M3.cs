using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Median of the mean gradients of three groups of the mini-batch (the paper's M3). Each group is a forward pass of its own:
/// batch normalisation normalises it by its own statistics, and running statistics see three updates a step.
/// </summary>
internal sealed class M3 : GradientRule
{
    private readonly FlatGradient[] _gradients;
    private readonly MedianFormula _formula;
    private readonly Func<Tensor, Tensor, Tensor, Tensor> _median;

    public M3(FlatWeights weights, double weightDecay, MedianFormula formula)
        : base(weights, weightDecay)
    {
        _gradients = [.. Enumerable.Range(0, 3).Select(_ => weights.NewGradient())];
        _formula = formula;
        _median = Median.Of(formula);
    }

    public override int Groups => 3;

    public override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>();

    public override void Dispose()
    {
        foreach (var gradient in _gradients)
        {
            gradient.Dispose();
        }
    }

    protected override FlatGradient Buffer(int group) => _gradients[group];

    protected override bool Move(CpuUpdates updates, double learningRate, double decay)
    {
        Tensor first = _gradients[0].Values, second = _gradients[1].Values, third = _gradients[2].Values;
        return _formula == MedianFormula.Exact
            ? updates.Groups<MedianEstimate>(Weights.Values, first, second, third, learningRate, decay)
            : updates.Groups<AuthorsMedianEstimate>(Weights.Values, first, second, third, learningRate, decay);
    }

    protected override void Move(double learningRate) =>
        Weights.Values.add_(_median(_gradients[0].Values, _gradients[1].Values, _gradients[2].Values), -learningRate);
}
