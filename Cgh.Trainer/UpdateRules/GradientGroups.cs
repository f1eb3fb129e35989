using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Base class of rules that combine the mean gradients of groups of a mini-batch. Each group has a separate forward pass: batch normalization uses
/// the group's statistics, and the running statistics are updated once per group.
/// </summary>
internal abstract class GradientGroups : GradientRule
{
    private readonly FlatGradient[] _gradients;

    protected GradientGroups(FlatWeights weights, RunSpec spec)
        : base(weights, spec)
    {
        _gradients = [.. Enumerable.Range(0, Groups).Select(_ => weights.NewGradient())];
        Gradients = [.. _gradients.Select(gradient => gradient.Values)];
    }

    /// <summary>Mean gradient of each group.</summary>
    protected IReadOnlyList<Tensor> Gradients { get; }

    public override IReadOnlyDictionary<string, Tensor> State() => new Dictionary<string, Tensor>();

    public override void Dispose()
    {
        foreach (var gradient in _gradients)
        {
            gradient.Dispose();
        }
    }

    protected override FlatGradient Buffer(int group) => _gradients[group];

    protected override void Move(double learningRate) => Weights.Values.add_(Estimate(Gradients), -learningRate);

    /// <summary>Computes the gradient estimate, a new vector, from the groups' mean gradients.</summary>
    protected abstract Tensor Estimate(IReadOnlyList<Tensor> groups);
}
