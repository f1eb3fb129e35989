using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Base class of update rules. For each of <see cref="Groups"/> parts of a mini-batch, call <see cref="Begin"/> before the forward and
/// backward pass, then <see cref="Step"/> once. A rule owns, saves and loads its buffers.
/// </summary>
/// <remarks>
/// <see cref="Move"/> defines the rule in Torch operations on every device. For float32 on the CPU, the kernel of a rule that implements
/// <see cref="ICpuKernel"/> is used instead; a test compares the two.
/// </remarks>
/// <param name="weights">The weights to update.</param>
/// <param name="spec">Spec of the run, with the rule's parameters, weight decay, momentum and median formula.</param>
internal abstract class GradientRule(FlatWeights weights, RunSpec spec) : IDisposable
{
    private readonly CpuUpdates? _updates = FlatVector.IsOne(weights.Values) ? CpuUpdates.Default : null;

    /// <summary>Number of parts of a mini-batch, each with a separate forward and backward pass.</summary>
    public int Groups { get; } = spec.Rule.Groups;

    /// <summary>Whether to use the CPU kernel if there is one.</summary>
    public bool UsesKernel { get; set; } = true;

    protected FlatWeights Weights { get; } = weights;

    /// <summary>Makes the next backward pass accumulate into the buffer of a group.</summary>
    public void Begin(int group) => Weights.CollectInto(Buffer(group));

    /// <summary>Returns the mean gradient of each group, without weight decay. Call it before <see cref="Step"/>; do not change the tensors.</summary>
    public IReadOnlyList<Tensor> Collected()
    {
        Weights.Collected();
        return [.. Enumerable.Range(0, Groups).Select(group => Buffer(group).Values)];
    }

    /// <summary>Updates the weights from the gradients of all groups.</summary>
    /// <returns>False if a weight is not finite. Always true on a GPU, to avoid a synchronization.</returns>
    public bool Step(double learningRate)
    {
        Weights.Collected();
        Prepare();
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

    /// <summary>Tensors for a checkpoint, by name. The rule keeps ownership.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> State();

    public abstract void Dispose();

    /// <summary>Returns the buffer for a group's gradient.</summary>
    protected abstract FlatGradient Buffer(int group);

    /// <summary>Called before every update, with the gradients of all groups complete and without weight decay.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>Updates the weights with Torch operations. The gradients already include weight decay; all vectors are one-dimensional.</summary>
    protected abstract void Move(double learningRate);
}

/// <summary>Optional kernel of a rule for float32 on the CPU, which makes one pass over memory.</summary>
internal interface ICpuKernel
{
    /// <summary>Updates the weights, including weight decay. Bit-identical to the Torch operations, except for signs of zeros and payloads of NaNs.</summary>
    /// <returns>Whether all weights are finite.</returns>
    bool Move(CpuUpdates updates, double learningRate, double decay);
}
