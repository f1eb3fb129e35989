using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Rules that look at the mean gradients of the groups of one mini-batch. Each group is a forward pass of its own: batch normalisation
/// normalises it by its own statistics, and running statistics see as many updates a step as there are groups.
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

    /// <summary>The mean gradient of each group.</summary>
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

    /// <summary>What replaces the mini-batch's gradient: a new vector, made from the groups' mean gradients.</summary>
    protected abstract Tensor Estimate(IReadOnlyList<Tensor> groups);
}
