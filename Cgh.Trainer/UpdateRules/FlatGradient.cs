using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>A gradient of all weights: one vector in the layout of <see cref="FlatWeights"/>, and a view of it for each parameter.</summary>
internal sealed class FlatGradient(Tensor values, IReadOnlyList<Tensor> views) : IDisposable
{
    public Tensor Values { get; } = values;

    /// <summary>Views in the order of the model's parameters.</summary>
    public IReadOnlyList<Tensor> Views { get; } = views;

    public void Dispose()
    {
        foreach (var view in Views)
        {
            view.Dispose();
        }

        Values.Dispose();
    }
}
