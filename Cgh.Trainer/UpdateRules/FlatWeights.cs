using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// A model's parameters as views of one vector, so that a rule is a handful of operations however many layers there are.
/// Gradients are views of vectors of the same layout: backward adds into whichever vector was chosen last.
/// </summary>
internal sealed class FlatWeights : IDisposable
{
    // A parameter starts at a multiple of 64 bytes, as tensors of its own do; the gaps stay zero.
    private const long Alignment = 16;

    private readonly Parameter[] _parameters;
    private readonly long[] _offsets;

    /// <summary>Moves the parameters of <paramref name="model"/> into one vector, values unchanged.</summary>
    public FlatWeights(nn.Module model)
    {
        _parameters = [.. model.parameters()];
        _offsets = new long[_parameters.Length];
        var length = 0L;
        for (var i = 0; i < _parameters.Length; i++)
        {
            _offsets[i] = length;
            length += (_parameters[i].numel() + Alignment - 1) / Alignment * Alignment;
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        Values = zeros(length, _parameters[0].dtype, _parameters[0].device).DetachFromDisposeScope();
        for (var i = 0; i < _parameters.Length; i++)
        {
            var view = View(Values, i);
            view.copy_(_parameters[i]);
            _parameters[i].set_(view);
        }
    }

    /// <summary>All weights; the model computes with this memory.</summary>
    public Tensor Values { get; }

    /// <summary>A gradient of these weights, zero at first.</summary>
    public FlatGradient NewGradient()
    {
        using var scope = NewDisposeScope();
        var flat = zeros_like(Values).DetachFromDisposeScope();
        return new FlatGradient(flat, [.. Enumerable.Range(0, _parameters.Length).Select(i => View(flat, i).DetachFromDisposeScope())]);
    }

    /// <summary>Zeroes <paramref name="gradient"/> and makes the next backward pass add into it.</summary>
    public void CollectInto(FlatGradient gradient)
    {
        using var withoutGradients = no_grad();
        gradient.Values.zero_();
        for (var i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].grad = gradient.Views[i];
        }
    }

    public void Dispose() => Values.Dispose();

    // Convolution kernels lie channels last (outputs, height, width, inputs): what the CPU kernels take without reordering.
    private Tensor View(Tensor flat, int index)
    {
        var shape = _parameters[index].shape;
        var part = flat.narrow(0, _offsets[index], _parameters[index].numel());
        return shape is [var outputs, var inputs, var height, var width]
            ? part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
            : part.view(shape);
    }
}
