using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Stochastic gradient descent like <c>torch.optim.SGD</c>, without dampening or Nesterov momentum:
/// <c>v = momentum * v + g; w -= lr * v</c>, with <c>g</c> as the first <c>v</c>.
/// </summary>
[UpdateRule("sgd")]
internal partial class Sgd : GradientRule
{
    private readonly double _momentum;
    private readonly Tensor? _velocity;

    public Sgd(FlatWeights weights, RunSpec spec)
        : base(weights, spec)
    {
        _momentum = spec.Momentum;
        Gradient = weights.NewGradient();
        _velocity = _momentum == 0 ? null : zeros_like(weights.Values).DetachFromDisposeScope();
    }

    /// <summary>Gradient of the mini-batch.</summary>
    protected FlatGradient Gradient { get; }

    public override IReadOnlyDictionary<string, Tensor> State() =>
        _velocity is null ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor> { ["velocity"] = _velocity };

    public override void Dispose()
    {
        Gradient.Dispose();
        _velocity?.Dispose();
    }

    protected override FlatGradient Buffer(int group) => Gradient;

    protected override void Move(double learningRate) =>
        Weights.Values.add_(_velocity is null ? Gradient.Values : _velocity.mul_(_momentum).add_(Gradient.Values), -learningRate);
}
