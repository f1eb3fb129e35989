using Cgh.Core;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>A layer whose inputs and outputs are captured by a hook, with the sums over its gradients.</summary>
internal sealed class CapturedLayer : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _layer;
    private readonly Action _release;
    private Tensor? _input;
    private Tensor[] _sums = [];

    public CapturedLayer(string name, nn.Module<Tensor, Tensor> layer)
    {
        Name = name;
        _layer = layer;
        Weights = [.. layer.parameters(recurse: false)];
        _release = layer.register_forward_hook((_, input, output) => Capture(input, output)).remove;
    }

    /// <summary>Name of the layer in the model, such as <c>layer1.0.conv1</c>.</summary>
    public string Name { get; }

    /// <summary>The layer's parameters.</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>The output of the last forward pass; null if the layer was not used.</summary>
    public Tensor? Output { get; private set; }

    /// <summary>Whether gradients were added.</summary>
    public bool IsUsed => _sums.Length > 0;

    /// <summary>Sum of the squared norms of the examples' gradients.</summary>
    public double Squares { get; private set; }

    /// <summary>Squared norm of the sum of the gradients.</summary>
    public double SquareOfSum()
    {
        using var scope = NewDisposeScope();
        return _sums.Sum(sum => sum.square().sum().item<double>());
    }

    /// <summary>Adds the gradients of the captured examples.</summary>
    /// <param name="outputs">Gradient with respect to <see cref="Output"/>.</param>
    /// <param name="weights">Sums over the examples of the gradients with respect to <see cref="Weights"/>.</param>
    public void Add(Tensor outputs, IReadOnlyList<Tensor> weights)
    {
        using var scope = NewDisposeScope();
        if (_sums.Length == 0)
        {
            _sums = [.. weights.Select(weight => zeros(weight.shape, ScalarType.Float64, weight.device).DetachFromDisposeScope())];
        }

        for (var i = 0; i < _sums.Length; i++)
        {
            _sums[i].add_(weights[i]);
        }

        Squares += LayerNorms.Squares(_layer, TrainingLoss.Widened(_input!), TrainingLoss.Widened(outputs)).to(ScalarType.Float64).sum().item<double>();
    }

    /// <summary>Forgets the captured tensors.</summary>
    public void Clear()
    {
        _input?.Dispose();
        Output?.Dispose();
        (_input, Output) = (null, null);
    }

    public void Dispose()
    {
        _release();
        Clear();
        foreach (var sum in _sums)
        {
            sum.Dispose();
        }
    }

    // The next operation may be in place: it gets a copy, so that the gradient is that of the layer's own output.
    private Tensor Capture(Tensor input, Tensor output)
    {
        if (Output is not null)
        {
            throw new UserErrorException(
                $"Coherence cannot be measured: the model uses layer '{Name}' more than once. Set coherenceEvery to 0, or choose another model.");
        }

        _input = input.detach().DetachFromDisposeScope();
        Output = output.alias().DetachFromDisposeScope();
        return Output.clone();
    }
}
