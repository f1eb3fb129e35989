using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Base class of rules that combine the gradients of the last mini-batches. The weights do not change until the window is full: with a
/// window of three, the first two mini-batches have no effect.
/// </summary>
internal abstract class GradientWindow : GradientRule
{
    private readonly FlatGradient[] _window;
    private readonly Tensor _seen = zeros(1, ScalarType.Int64).DetachFromDisposeScope();

    /// <param name="weights">The weights to update.</param>
    /// <param name="spec">Spec of the run.</param>
    /// <param name="length">Number of gradients in the window.</param>
    protected GradientWindow(FlatWeights weights, RunSpec spec, int length)
        : base(weights, spec) => _window = [.. Enumerable.Range(0, length).Select(_ => weights.NewGradient())];

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

    // The new gradient replaces the oldest, so that no gradient is copied.
    protected override FlatGradient Buffer(int group) => At(0);

    protected override void Move(double learningRate)
    {
        if (IsFull)
        {
            Weights.Values.add_(Estimate(Window), -learningRate);
        }

        _seen.add_(1);
    }

    /// <summary>Computes the gradient estimate, a new vector, from a full window, oldest gradient first.</summary>
    protected abstract Tensor Estimate(IReadOnlyList<Tensor> window);

    /// <summary>Helper for <see cref="ICpuKernel.Move"/>: applies weight decay while the window fills, then calls <paramref name="step"/>.</summary>
    /// <returns>Whether all weights are finite.</returns>
    protected bool Move(CpuUpdates updates, double decay, Func<IReadOnlyList<Tensor>, bool> step)
    {
        var finite = IsFull ? step(Window) : decay == 0 || updates.Decay(Weights.Values, At(0).Values, decay);
        _seen.add_(1);
        return finite;
    }

    private FlatGradient At(int offset) => _window[(_seen.item<long>() + offset) % _window.Length];
}
