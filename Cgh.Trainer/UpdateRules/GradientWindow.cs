using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Rules that look at the gradients of the last three mini-batches. The first two mini-batches fill the window and move
/// nothing.
/// </summary>
internal abstract class GradientWindow : GradientRule
{
    private const int Length = 3;

    private readonly FlatGradient[] _window;
    private readonly Tensor _seen = zeros(1, ScalarType.Int64).DetachFromDisposeScope();

    protected GradientWindow(FlatWeights weights, double weightDecay)
        : base(weights, weightDecay) => _window = [.. Enumerable.Range(0, Length).Select(_ => weights.NewGradient())];

    public override IReadOnlyDictionary<string, Tensor> State() =>
        new Dictionary<string, Tensor> { ["seen"] = _seen, ["window.0"] = _window[0].Values, ["window.1"] = _window[1].Values, ["window.2"] = _window[2].Values };

    public override void Dispose()
    {
        _seen.Dispose();
        foreach (var gradient in _window)
        {
            gradient.Dispose();
        }
    }

    private bool IsFull => _seen.item<long>() >= Length - 1;

    // The oldest gradient's vector takes the new one: no gradient is ever copied.
    protected override FlatGradient Buffer(int group) => At(0);

    protected override bool Move(CpuUpdates updates, double learningRate, double decay)
    {
        var newest = At(0).Values;
        var finite = IsFull ? Move(updates, At(1).Values, At(2).Values, newest, learningRate, decay)
            : decay == 0 || updates.Decay(Weights.Values, newest, decay);
        _seen.add_(1);
        return finite;
    }

    protected override void Move(double learningRate)
    {
        if (IsFull)
        {
            Weights.Values.add_(Estimate(At(1).Values, At(2).Values, At(0).Values), -learningRate);
        }

        _seen.add_(1);
    }

    /// <summary>A step along the estimate of these three, in one pass; decay goes into the newest first.</summary>
    /// <returns>Whether all weights are finite.</returns>
    protected abstract bool Move(CpuUpdates updates, Tensor oldest, Tensor previous, Tensor newest, double learningRate, double decay);

    /// <summary>What replaces the mini-batch's gradient.</summary>
    /// <param name="oldest">Of the mini-batch before the previous one.</param>
    /// <param name="previous">Of the previous mini-batch.</param>
    /// <param name="newest">Of this mini-batch.</param>
    protected abstract Tensor Estimate(Tensor oldest, Tensor previous, Tensor newest);

    private FlatGradient At(int offset) => _window[(_seen.item<long>() + offset) % Length];
}
