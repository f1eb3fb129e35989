using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Stochastic gradient descent as <c>torch.optim.SGD</c> has it (no dampening, no Nesterov):
/// <c>v = momentum * v + g; w -= lr * v</c>, where the first <c>v</c> is <c>g</c>.
/// </summary>
internal sealed class Sgd : GradientRule
{
    private readonly double _momentum;
    private readonly FlatGradient _gradient;
    private readonly Tensor? _velocity;

    public Sgd(FlatWeights weights, double weightDecay, double momentum)
        : base(weights, weightDecay)
    {
        _momentum = momentum;
        _gradient = weights.NewGradient();
        _velocity = momentum == 0 ? null : zeros_like(weights.Values).DetachFromDisposeScope();
    }

    public override IReadOnlyDictionary<string, Tensor> State() =>
        _velocity is null ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor> { ["velocity"] = _velocity };

    public override void Dispose()
    {
        _gradient.Dispose();
        _velocity?.Dispose();
    }

    protected override FlatGradient Buffer(int group) => _gradient;

    protected override bool Move(CpuUpdates updates, double learningRate, double decay) =>
        updates.Sgd(Weights.Values, _gradient.Values, _velocity, learningRate, _momentum, decay);

    protected override void Move(double learningRate) =>
        Weights.Values.add_(_velocity is null ? _gradient.Values : _velocity.mul_(_momentum).add_(_gradient.Values), -learningRate);
}
