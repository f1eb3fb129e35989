using Cgh.Core.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// The parameters of a model as views of one vector, so that a rule needs only a few operations regardless of the number of layers.
/// Gradients are views of vectors in the same layout; a backward pass accumulates into the vector selected last.
/// </summary>
/// <remarks>
/// With bfloat16, the rule's vectors stay float32. Convolutions and linear layers compute with a bfloat16 copy of their weights, which is a
/// single vector as well: the weights are copied after every step, and the gradients converted after every backward pass, in one operation.
/// </remarks>
internal sealed class FlatWeights : IDisposable
{
    // Parameters start at multiples of 64 bytes, like separate tensors; the gaps stay zero.
    private const long Alignment = 16;

    private readonly Parameter[] _parameters;
    private readonly long[] _offsets;
    private readonly Dictionary<string, Tensor> _masters = new(StringComparer.Ordinal);

    // With bfloat16: the rounded parameters come first in every vector; this is their total length and that of the two tensors.
    private readonly long _rounded;
    private readonly Tensor? _copy;
    private readonly Tensor? _copyGradient;
    private FlatGradient? _collecting;

    /// <summary>Moves the parameters of <paramref name="model"/> into one vector without changing their values.</summary>
    /// <param name="model">The model. With bfloat16, it must be float32; its convolutions and linear layers are converted to bfloat16.</param>
    /// <param name="precision">Precision of the model's computation; float32 keeps the model's type.</param>
    public FlatWeights(nn.Module model, Precision precision = Precision.Float32)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        _parameters = [.. model.parameters()];
        var rounds = RoundedHandles(model, precision);
        var isRounded = Array.ConvertAll(_parameters, parameter => rounds.Contains(parameter.Handle));
        _offsets = new long[_parameters.Length];
        var length = 0L;
        foreach (var i in Enumerable.Range(0, _parameters.Length).OrderBy(i => isRounded[i] ? 0 : 1))
        {
            _offsets[i] = length;
            length += (_parameters[i].numel() + Alignment - 1) / Alignment * Alignment;
            _rounded = isRounded[i] ? length : _rounded;
        }

        Values = zeros(length, _parameters[0].dtype, _parameters[0].device).DetachFromDisposeScope();
        var named = model.named_parameters().ToDictionary(entry => entry.parameter.Handle, entry => entry.name);
        var names = Array.ConvertAll(_parameters, parameter => named[parameter.Handle]);
        for (var i = 0; i < _parameters.Length; i++)
        {
            var view = View(Values, i);
            view.copy_(_parameters[i]);
            if (isRounded[i])
            {
                _masters.Add(names[i], view.DetachFromDisposeScope());
            }
            else
            {
                _parameters[i].set_(view);
            }
        }

        Linears =
        [
            .. from layer in model.modules().OfType<Linear>().Concat(model is Linear self ? [self] : []).DistinctBy(layer => layer.weight.Handle)
               select new FlatLinear(layer, Range(layer.weight)!.Value, Range(layer.bias)),
        ];
        if (_rounded == 0)
        {
            return;
        }

        _copy = zeros(_rounded, ScalarType.BFloat16, Values.device).DetachFromDisposeScope();
        _copyGradient = zeros_like(_copy).DetachFromDisposeScope();
        Round(model);
        var rounded = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        for (var i = 0; i < _parameters.Length; i++)
        {
            if (isRounded[i])
            {
                _parameters[i] = rounded[names[i]];
                _parameters[i].set_(View(_copy, i));
            }
        }

        Moved();
    }

    /// <summary>All weights, as updated by the rule.</summary>
    public Tensor Values { get; }

    /// <summary>Float32 weights of the bfloat16 parameters by name; empty without bfloat16.</summary>
    public IReadOnlyDictionary<string, Tensor> Masters => _masters;

    /// <summary>The linear layers of the model, in its order.</summary>
    public IReadOnlyList<FlatLinear> Linears { get; }

    /// <summary>Whether all weights are those of linear layers.</summary>
    public bool IsFullyConnected => _parameters.Length == Linears.Sum(layer => layer.Bias is null ? 1 : 2);

    /// <summary>Creates a gradient of these weights, initially zero.</summary>
    public FlatGradient NewGradient()
    {
        using var scope = NewDisposeScope();
        var flat = zeros_like(Values).DetachFromDisposeScope();
        var views = Enumerable.Range(0, _parameters.Length).Select(i => View(IsRounded(i) ? _copyGradient! : flat, i).DetachFromDisposeScope());
        return new FlatGradient(flat, [.. views]);
    }

    /// <summary>Zeroes <paramref name="gradient"/> and makes the next backward pass accumulate into it.</summary>
    public void CollectInto(FlatGradient gradient)
    {
        Collected();
        using var withoutGradients = no_grad();
        gradient.Values.zero_();
        _copyGradient?.zero_();
        _collecting = gradient;
        for (var i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].grad = gradient.Views[i];
        }
    }

    /// <summary>Completes the gradient selected last. A rule must call this before it reads gradients.</summary>
    public void Collected()
    {
        if (_copyGradient is not null && _collecting is not null)
        {
            using var withoutGradients = no_grad();
            using var part = _collecting.Values.narrow(0, 0, _rounded);
            part.copy_(_copyGradient);
        }

        _collecting = null;
    }

    /// <summary>Updates the model after <see cref="Values"/> has changed.</summary>
    public void Moved()
    {
        if (_copy is not null)
        {
            using var withoutGradients = no_grad();
            using var part = Values.narrow(0, 0, _rounded);
            _copy.copy_(part);
        }
    }

    public void Dispose()
    {
        foreach (var master in _masters.Values)
        {
            master.Dispose();
        }

        _copyGradient?.Dispose();
        _copy?.Dispose();
        Values.Dispose();
    }

    private static IEnumerable<nn.Module> Roundable(nn.Module model) => model.modules().Where(module => module is Conv2d or Linear);

    private static HashSet<IntPtr> RoundedHandles(nn.Module model, Precision precision) => precision == Precision.Bfloat16
        ? [.. Roundable(model).SelectMany(module => module.parameters()).Select(parameter => parameter.Handle)]
        : [];

    private static void Round(nn.Module model)
    {
        foreach (var module in Roundable(model))
        {
            module.to(ScalarType.BFloat16);
        }
    }

    private (long, long)? Range(Tensor? parameter) => Array.FindIndex(_parameters, own => own.Handle == parameter?.Handle) is >= 0 and var index
        ? (_offsets[index], _parameters[index].numel())
        : null;

    private bool IsRounded(int index) => _offsets[index] < _rounded;

    // Convolution kernels are channels last (outputs, height, width, inputs), which the CPU kernels use without reordering.
    private Tensor View(Tensor flat, int index)
    {
        var shape = _parameters[index].shape;
        var part = flat.narrow(0, _offsets[index], _parameters[index].numel());
        return shape is [var outputs, var inputs, var height, var width]
            ? part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
            : part.view(shape);
    }
}

/// <summary>A linear layer of a model whose parameters are in one vector.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Weight">Position and number of its weights, outputs x inputs.</param>
/// <param name="Bias">Position and number of its biases; null without.</param>
internal sealed record FlatLinear(Linear Layer, (long At, long Count) Weight, (long At, long Count)? Bias);
