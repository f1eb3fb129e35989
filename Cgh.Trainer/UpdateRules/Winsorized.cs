using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// SGD with the winsorized mean of the gradients of single examples (Coherent Gradients, Chatterjee, ICLR 2020), for fully connected networks: each coordinate
/// is clipped at the C-th and the (100 - C)-th percentile of the mini-batch, then averaged. With C = 0 it is SGD.
/// </summary>
/// <remarks>
/// The gradient of one example in a linear layer is the product of the gradient of an output and an input, so it needs no backward pass of its own. A batch
/// of these products is never in memory as a whole.
/// </remarks>
[UpdateRule("winsorized")]
internal sealed class Winsorized : Sgd
{
    private readonly int _percent;
    private readonly ExampleGradients? _examples;

    public Winsorized(FlatWeights weights, RunSpec spec)
        : base(weights, spec)
    {
        _percent = spec.Rule['C'];
        _examples = _percent == 0 ? null : new ExampleGradients(weights);
    }

    public override void Dispose()
    {
        _examples?.Dispose();
        base.Dispose();
    }

    protected override void Prepare()
    {
        if (_examples is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        foreach (var (layer, inputs, errors) in _examples.Take())
        {
            Average(inputs, errors, layer.Weight);
            if (layer.Bias is { } bias)
            {
                Average(ones(inputs.shape[0], 1, inputs.dtype, inputs.device), errors, bias);
            }
        }
    }

    private void Average(Tensor inputs, Tensor errors, (long At, long Count) range)
    {
        using var scope = NewDisposeScope();
        var position = Winsorizing.Of((int)inputs.shape[0], _percent);
        if (position.Clipped == 0)
        {
            return;
        }

        var target = Gradient.Values.narrow(0, range.At, range.Count);
        if (UsesKernel && FlatVector.IsOne(target))
        {
            WinsorizedKernel.Default.Average(inputs, errors, position, target);
        }
        else
        {
            WinsorizedMean.OfProducts(inputs, errors, position, target);
        }
    }
}
