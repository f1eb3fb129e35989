using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// One way to turn the gradients of a mini-batch into a step. A step is: for each of <see cref="Groups"/> parts of the
/// mini-batch, <see cref="Begin"/>, forward, backward; then <see cref="Step"/>. A rule owns its buffers and saves and loads them.
/// </summary>
/// <remarks>
/// <see cref="Move"/>, in Torch's operations, defines the rule on every device. A rule that also implements <see cref="ICpuKernel"/> takes
/// that instead for float32 on the CPU; a test holds both against each other.
/// </remarks>
/// <param name="weights">What it moves.</param>
/// <param name="spec">The run: its rule with its numbers, weight decay, momentum and median formula.</param>
internal abstract class GradientRule(FlatWeights weights, RunSpec spec) : IDisposable
{
    private readonly CpuUpdates? _updates = FlatVector.IsOne(weights.Values) ? CpuUpdates.Default : null;

    /// <summary>Parts that the mini-batch is split into, each with a forward and a backward pass of its own.</summary>
    public int Groups { get; } = spec.Rule.Groups;

    /// <summary>False: in Torch's operations even where there is a kernel.</summary>
    public bool UsesKernel { get; set; } = true;

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
        if (UsesKernel && _updates is not null && this is ICpuKernel kernel)
        {
            return kernel.Move(_updates, learningRate, spec.WeightDecay);
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        if (spec.WeightDecay != 0)
        {
            for (var group = 0; group < Groups; group++)
            {
                Buffer(group).Values.add_(Weights.Values, spec.WeightDecay);
            }
        }

        Move(learningRate);
        return Weights.Values.device_type != TorchSharp.DeviceType.CPU || Weights.Values.isfinite().all().item<bool>();
    }

    /// <summary>What a checkpoint must hold, by name; the tensors stay the rule's own.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> State();

    public abstract void Dispose();

    /// <summary>The vector that this group's gradient is collected in.</summary>
    protected abstract FlatGradient Buffer(int group);

    /// <summary>The step in Torch's operations; weight decay is in the gradients already. Vectors have one dimension, as long as all weights.</summary>
    protected abstract void Move(double learningRate);
}

/// <summary>A rule's step over float32 vectors on the CPU, in one pass over memory. Optional.</summary>
internal interface ICpuKernel
{
    /// <summary>The step, weight decay included. Gives the bits of the rule's Torch operations, save the sign of a zero and the payload of a NaN.</summary>
    /// <returns>Whether all weights are finite.</returns>
    bool Move(CpuUpdates updates, double learningRate, double decay);
}
