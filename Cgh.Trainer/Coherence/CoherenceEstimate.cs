using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>
/// Estimates alpha from the mean gradients that training computes anyway: from those of the groups of a mini-batch or, with one group, from those of
/// consecutive mini-batches. Over the steps since the last row, the mean of <c>g.g'</c> is divided by the mean of <c>g.g</c>, which gives the alpha of
/// means of k examples; <see cref="Corrected"/> converts it to single examples.
/// </summary>
/// <remarks>
/// Biases: batch normalization in training mode mixes the examples of a mean; consecutive mini-batches have gradients at slightly different weights;
/// augmentation and dropout add noise; an epoch draws without replacement. Mini-batches of another size than the spec's are left out.
/// </remarks>
internal sealed class CoherenceEstimate : IDisposable
{
    // Sum of products, sum of squares, and whether there is a previous gradient.
    private readonly Tensor _sums = zeros(3, ScalarType.Float64).DetachFromDisposeScope();
    private readonly Tensor? _previous;
    private readonly int _batchSize;

    /// <param name="groups">Groups of a mini-batch.</param>
    /// <param name="batchSize">Examples of a mini-batch.</param>
    /// <param name="weights">The weights, for their layout, type and device.</param>
    public CoherenceEstimate(int groups, int batchSize, Tensor weights)
    {
        _batchSize = batchSize;
        Size = batchSize / groups;
        if (groups == 1)
        {
            using var withoutGradients = no_grad();
            _previous = zeros_like(weights).DetachFromDisposeScope();
        }
    }

    /// <summary>Examples per gradient, k; of the smaller groups if the mini-batch cannot be divided evenly.</summary>
    public int Size { get; }

    /// <summary>Tensors for a checkpoint, by name. The object keeps ownership.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        yield return KeyValuePair.Create("coherence.sums", _sums);
        if (_previous is not null)
        {
            yield return KeyValuePair.Create("coherence.previous", _previous);
        }
    }

    /// <summary>Adds the mean gradients of the groups of a mini-batch of <paramref name="count"/> examples.</summary>
    public void Add(IReadOnlyList<Tensor> gradients, int count)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        if (count != _batchSize)
        {
            _sums[2] = 0;
        }
        else if (_previous is null)
        {
            var squares = gradients.Sum(gradient => Dot(gradient, gradient)) / gradients.Count;
            var products = 0.0;
            for (var i = 0; i < gradients.Count; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    products += Dot(gradients[i], gradients[j]);
                }
            }

            Add(products * 2 / gradients.Count / (gradients.Count - 1), squares);
        }
        else
        {
            if (_sums[2].item<double>() > 0)
            {
                Add(Dot(gradients[0], _previous), (Dot(gradients[0], gradients[0]) + Dot(_previous, _previous)) / 2);
            }

            _previous.copy_(gradients[0]);
            _sums[2] = 1;
        }
    }

    /// <summary>Returns alpha since the last call, corrected to single examples, and begins a new estimate; null without a step since.</summary>
    public double? Take()
    {
        using var scope = NewDisposeScope();
        var (products, squares) = (_sums[0].item<double>(), _sums[1].item<double>());
        _sums[0] = 0;
        _sums[1] = 0;
        return squares > 0 ? Corrected(products / squares, Size) : null;
    }

    /// <summary>
    /// Alpha of single examples from the alpha of means of <paramref name="size"/> examples: the inverse of <c>k alpha / (1 + (k - 1) alpha)</c>.
    /// </summary>
    public static double Corrected(double alpha, int size) => alpha / (size - ((size - 1) * alpha));

    public void Dispose()
    {
        _sums.Dispose();
        _previous?.Dispose();
    }

    private static double Dot(Tensor a, Tensor b) => a.dot(b).item<float>();

    private void Add(double products, double squares)
    {
        _sums[0] += products;
        _sums[1] += squares;
    }
}
