using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Stochastic gradient descent like <c>torch.optim.SGD</c>, without dampening or Nesterov momentum:
/// <c>v = momentum * v + g; w -= lr * v</c>, with <c>g</c> as the first <c>v</c>.
/// </summary>
[UpdateRule("sgd")]
internal sealed partial class Sgd : GradientRule
{
    private readonly double _momentum;
    private readonly FlatGradient _gradient;
    private readonly Tensor? _velocity;

    public Sgd(FlatWeights weights, RunSpec spec)
        : base(weights, spec)
    {
        _momentum = spec.Momentum;
        _gradient = weights.NewGradient();
        _velocity = _momentum == 0 ? null : zeros_like(weights.Values).DetachFromDisposeScope();
    }

    public override IReadOnlyDictionary<string, Tensor> State() =>
        _velocity is null ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor> { ["velocity"] = _velocity };

    public override void Dispose()
    {
        _gradient.Dispose();
        _velocity?.Dispose();
    }

    protected override FlatGradient Buffer(int group) => _gradient;

    protected override void Move(double learningRate) =>
        Weights.Values.add_(_velocity is null ? _gradient.Values : _velocity.mul_(_momentum).add_(_gradient.Values), -learningRate);
}
