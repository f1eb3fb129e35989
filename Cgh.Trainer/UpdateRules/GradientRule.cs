using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// One way to turn the gradients of a mini-batch into a step. A step is: for each of <see cref="Groups"/> parts of the
/// mini-batch, <see cref="Begin"/>, forward, backward; then <see cref="Step"/>. A rule owns its buffers and saves and loads them.
/// </summary>
internal abstract class GradientRule(FlatWeights weights, double weightDecay) : IDisposable
{
    // Float32 on the CPU goes through the kernels; all else through Torch's operations.
    private readonly CpuUpdates? _updates = FlatVector.IsOne(weights.Values) ? CpuUpdates.Default : null;

    /// <summary>Parts that the mini-batch is split into, each with a forward and a backward pass of its own.</summary>
    public virtual int Groups => 1;

    protected FlatWeights Weights { get; } = weights;

    /// <summary>Directs the coming backward pass into the buffer of this group.</summary>
    public void Begin(int group) => Weights.CollectInto(Buffer(group));

    /// <summary>Moves the weights, once the gradients of all groups are there.</summary>
    /// <returns>False when a weight is no longer finite; true on a GPU, where nobody waits for the answer.</returns>
    public bool Step(double learningRate)
    {
        Weights.Collected();
        var finite = Update(learningRate);
        Weights.Moved();
        return finite;
    }

    private bool Update(double learningRate)
    {
        if (_updates is not null)
        {
            return Move(_updates, learningRate, weightDecay);
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        if (weightDecay != 0)
        {
            for (var group = 0; group < Groups; group++)
            {
                Buffer(group).Values.add_(Weights.Values, weightDecay);
            }
        }

        Move(learningRate);
        return true;
    }

    /// <summary>What a checkpoint must hold, by name; the tensors stay the rule's own.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> State();

    public abstract void Dispose();

    /// <summary>The vector that this group's gradient is collected in.</summary>
    protected abstract FlatGradient Buffer(int group);

    /// <summary>The step, decay included, in one pass.</summary>
    /// <returns>Whether all weights are finite.</returns>
    protected abstract bool Move(CpuUpdates updates, double learningRate, double decay);

    /// <summary>The step in Torch's operations; decay is in the gradients already.</summary>
    protected abstract void Move(double learningRate);
}
