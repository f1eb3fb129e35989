using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Median of the mean gradients of three groups of the mini-batch (the paper's M3). Each group is a forward pass of its own:
/// batch normalisation normalises it by its own statistics, and running statistics see three updates a step.
/// </summary>
internal sealed class M3 : GradientRule
{
    private readonly FlatGradient[] _gradients;

    public M3(FlatWeights weights, double weightDecay)
        : base(weights, weightDecay) => _gradients = [.. Enumerable.Range(0, 3).Select(_ => weights.NewGradient())];

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

    protected override void Move(double learningRate) =>
        Weights.Values.add_(Median.OfThree(_gradients[0].Values, _gradients[1].Values, _gradients[2].Values), -learningRate);
}
