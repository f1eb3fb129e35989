using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>
/// Replaces the running statistics of batch normalizations by statistics at the current weights, until disposed. The running ones are averages over the
/// last training steps, so they lag behind the weights; what would correct them is the same for all examples, which makes gradients look coherent.
/// </summary>
/// <remarks>
/// The mean of the statistics of mini-batches at constant weights, known as precise batch normalization (Wu and Johnson 2021, arXiv 2105.07576).
/// </remarks>
internal sealed class BatchStatistics : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly List<(BatchNorm2d Layer, double? Momentum)> _layers;
    private readonly List<(Tensor Buffer, Tensor Saved)> _buffers;
    private int _batches;

    /// <param name="model">A model in evaluation mode. Only its batch statistics change, and disposal restores them.</param>
    public BatchStatistics(nn.Module<Tensor, Tensor> model)
    {
        using var withoutGradients = no_grad();
        _model = model;
        _layers = [.. model.modules().OfType<BatchNorm2d>().Select(layer => (layer, layer.momentum))];
        _buffers =
        [
            .. _layers.SelectMany(entry => entry.Layer.buffers(recurse: false)).Select(buffer => (buffer, buffer.clone().DetachFromDisposeScope())),
        ];
    }

    /// <summary>Whether the model has batch normalizations.</summary>
    public bool AreUsed => _layers.Count > 0;

    /// <summary>Adds the statistics of a mini-batch. Those of all mini-batches have the same weight, so they should have the same size.</summary>
    public void Add(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        _batches++;
        foreach (var (layer, _) in _layers)
        {
            // A running mean with this factor is the mean; the first mini-batch replaces what was there.
            layer.momentum = 1.0 / _batches;
            layer.train();
        }

        try
        {
            _model.forward(images);
        }
        finally
        {
            _layers.ForEach(entry => entry.Layer.eval());
        }
    }

    public void Dispose()
    {
        using var withoutGradients = no_grad();
        foreach (var (buffer, saved) in _buffers)
        {
            buffer.copy_(saved);
            saved.Dispose();
        }

        _layers.ForEach(entry => entry.Layer.momentum = entry.Momentum);
    }
}
