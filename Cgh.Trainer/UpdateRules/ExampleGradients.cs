using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>
/// Records the inputs of linear layers and the gradients of their outputs during a training pass; their products are the gradients of single examples.
/// </summary>
/// <remarks>It depends on the model to run its layers with <c>call</c>, as <c>forward</c> of TorchSharp leaves out hooks.</remarks>
internal sealed class ExampleGradients : IDisposable
{
    private readonly FlatWeights _weights;
    private readonly Action[] _removeHooks;
    private readonly Dictionary<Linear, (Tensor Inputs, Tensor Outputs)> _passes = [];

    /// <param name="weights">Weights of a fully connected model.</param>
    /// <exception cref="InvalidOperationException">There are weights outside linear layers.</exception>
    public ExampleGradients(FlatWeights weights)
    {
        if (!weights.IsFullyConnected)
        {
            throw new InvalidOperationException("Gradients of single examples are for fully connected models only.");
        }

        _weights = weights;
        _removeHooks =
        [
            .. weights.Linears.Select(linear => linear.Layer)
                .Select(layer => (Action)layer.register_forward_hook((_, input, output) => Record(layer, input, output)).remove),
        ];
    }

    /// <summary>Returns what the last training pass and its backward pass had in every layer, in float32 or float64, and forgets it.</summary>
    /// <returns>For each layer its inputs, examples x inputs, and the gradients of its outputs, examples x outputs.</returns>
    /// <exception cref="InvalidOperationException">There was no such pass.</exception>
    public IReadOnlyList<(FlatLinear Layer, Tensor Inputs, Tensor Errors)> Take()
    {
        var all = new List<(FlatLinear, Tensor, Tensor)>();
        foreach (var linear in _weights.Linears)
        {
            if (!_passes.TryGetValue(linear.Layer, out var pass) || pass.Outputs.grad is not { } errors)
            {
                throw new InvalidOperationException("A layer had no training pass with a backward pass; a model must run its linear layers with call.");
            }

            // A new handle, as the recorded one is disposed here.
            all.Add((linear, pass.Inputs.to(_weights.Values.dtype, copy: false).alias(), errors.to(_weights.Values.dtype)));
        }

        Forget();
        return all;
    }

    public void Dispose()
    {
        Forget();
        foreach (var remove in _removeHooks)
        {
            remove();
        }
    }

    private Tensor Record(Linear layer, Tensor input, Tensor output)
    {
        if (output.requires_grad && layer.training)
        {
            if (_passes.Remove(layer, out var older))
            {
                older.Inputs.Dispose();
                older.Outputs.Dispose();
            }

            // The scopes of the pass dispose neither; the output itself keeps the gradient.
            output.retain_grad();
            _passes[layer] = (input.detach().DetachFromDisposeScope(), output.DetachFromDisposeScope());
        }

        return output;
    }

    private void Forget()
    {
        foreach (var (inputs, outputs) in _passes.Values)
        {
            inputs.Dispose();
            outputs.Dispose();
        }

        _passes.Clear();
    }
}
