using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Rules that look at the gradients of the last few mini-batches. Until the window is full the weights do not move: with three
/// gradients the first two mini-batches move nothing.
/// </summary>
internal abstract class GradientWindow : GradientRule
{
    private readonly FlatGradient[] _window;
    private readonly Tensor _seen = zeros(1, ScalarType.Int64).DetachFromDisposeScope();

    /// <param name="weights">That it moves.</param>
    /// <param name="weightDecay">Added to each gradient, times the weights, before it enters the window.</param>
    /// <param name="length">Gradients in the window.</param>
    protected GradientWindow(FlatWeights weights, double weightDecay, int length = 3)
        : base(weights, weightDecay) => _window = [.. Enumerable.Range(0, length).Select(_ => weights.NewGradient())];

    public override IReadOnlyDictionary<string, Tensor> State() =>
        _window.Select((gradient, i) => KeyValuePair.Create($"window.{i}", gradient.Values)).Prepend(KeyValuePair.Create("seen", _seen)).ToDictionary();

    public override void Dispose()
    {
        _seen.Dispose();
        foreach (var gradient in _window)
        {
            gradient.Dispose();
        }
    }

    // Oldest first.
    private Tensor[] Window => [.. Enumerable.Range(1, _window.Length).Select(offset => At(offset).Values)];

    private bool IsFull => _seen.item<long>() >= _window.Length - 1;

    // The oldest gradient's vector takes the new one: no gradient is ever copied.
    protected override FlatGradient Buffer(int group) => At(0);

    protected override bool Move(CpuUpdates updates, double learningRate, double decay)
    {
        var finite = IsFull ? Move(updates, Window, learningRate, decay)
            : decay == 0 || updates.Decay(Weights.Values, At(0).Values, decay);
        _seen.add_(1);
        return finite;
    }

    protected override void Move(double learningRate)
    {
        if (IsFull)
        {
            Weights.Values.add_(Estimate(Window), -learningRate);
        }

        _seen.add_(1);
    }

    /// <summary>A step along the estimate of a full window, oldest gradient first, in one pass; decay goes into the newest first.</summary>
    /// <returns>Whether all weights are finite.</returns>
    protected abstract bool Move(CpuUpdates updates, IReadOnlyList<Tensor> window, double learningRate, double decay);

    /// <summary>What replaces the mini-batch's gradient: an estimate from a full window, oldest gradient first.</summary>
    protected abstract Tensor Estimate(IReadOnlyList<Tensor> window);

    private FlatGradient At(int offset) => _window[(_seen.item<long>() + offset) % _window.Length];
}
