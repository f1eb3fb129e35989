using Cgh.Core;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>
/// Sums over the gradients of single examples: the sum of the gradients, from one backward pass per batch, and the sum of their squared norms, from
/// <see cref="LayerNorms"/>. All sums are in float64, in the order of the examples.
/// </summary>
/// <remarks>Memory: one gradient vector in float64, one in the model's type, and the layers' inputs and outputs of a batch; no vector per example.</remarks>
internal sealed class GradientSums : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly List<CapturedLayer> _layers = [];
    private int _count;

    /// <summary>Begins to capture the layers' inputs and outputs, until disposed. Parameters, their <c>grad</c> and all buffers are left unchanged.</summary>
    /// <param name="model">A model in evaluation mode.</param>
    /// <exception cref="UserErrorException">The model is in training mode, or has a layer whose norms are not known.</exception>
    public GradientSums(nn.Module<Tensor, Tensor> model)
    {
        if (model.training || model.modules().Any(module => module.training))
        {
            throw new UserErrorException(
                "Coherence cannot be measured of a model in training mode: batch normalization mixes the examples, "
                + "so that no example has a gradient of its own. "
                + "Call eval() first.");
        }

        _model = model;
        var modules = model.named_modules().DistinctBy(entry => entry.name).ToDictionary(entry => entry.name, entry => entry.module);
        var names = model.named_parameters().Select(entry => entry.name[..Math.Max(0, entry.name.LastIndexOf('.'))]).Distinct();
        var layers = names.Select(name => (Name: name, Layer: modules.GetValueOrDefault(name, model))).ToList();
        foreach (var (name, layer) in layers)
        {
            if (LayerNorms.Failure(layer) is { } failure)
            {
                throw new UserErrorException($"Coherence cannot be measured: layer '{name}' is {failure}. Set coherenceEvery to 0, or choose another model.");
            }
        }

        _layers.AddRange(layers.Select(entry => new CapturedLayer(entry.Name, (nn.Module<Tensor, Tensor>)entry.Layer)));
    }

    /// <summary>Adds the gradients of examples: of each example's cross-entropy, not divided by the number of examples.</summary>
    /// <param name="images">Images, n x 3 x side x side, in the model's type.</param>
    /// <param name="labels">Class indices, n.</param>
    /// <exception cref="UserErrorException">A layer was used twice.</exception>
    public void Add(Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var withGradients = enable_grad();
        _layers.ForEach(layer => layer.Clear());
        try
        {
            var loss = nn.functional.cross_entropy(TrainingLoss.Widened(_model.forward(images)), labels, reduction: nn.Reduction.Sum);

            // The auxiliary head of Inception-V3 is not used in evaluation mode.
            var used = _layers.Where(layer => layer.Output is not null).ToList();
            var weights = used.SelectMany(layer => layer.Weights).ToList();
            var gradients = autograd.grad([loss], [.. used.Select(layer => layer.Output!), .. weights]);
            using var withoutGradients = no_grad();
            var next = used.Count;
            for (var i = 0; i < used.Count; i++)
            {
                var parameters = used[i].Weights.Count;
                used[i].Add(gradients[i], gradients.Skip(next).Take(parameters).ToList());
                next += parameters;
            }

            _count += (int)images.shape[0];
        }
        finally
        {
            _layers.ForEach(layer => layer.Clear());
        }
    }

    /// <summary>The sums of all weights, by the empty name, and of each layer that was used, in the order of the model's parameters.</summary>
    public IReadOnlyList<(string Layer, CoherenceSums Sums)> Result()
    {
        var layers = _layers.Where(layer => layer.IsUsed)
            .Select(layer => (layer.Name, Sums: new CoherenceSums(_count, layer.Squares, layer.SquareOfSum())))
            .ToList();
        return [("", new CoherenceSums(_count, layers.Sum(layer => layer.Sums.Squares), layers.Sum(layer => layer.Sums.SquareOfSum))), .. layers];
    }

    public void Dispose() => _layers.ForEach(layer => layer.Dispose());
}
