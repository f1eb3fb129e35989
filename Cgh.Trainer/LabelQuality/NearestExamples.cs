using static TorchSharp.torch;

namespace Cgh.Trainer.LabelQuality;

/// <summary>The nearest other training examples of each, in the features of a model.</summary>
internal sealed class NearestExamples
{
    private const int Neighbours = 10;

    private readonly NearestNeighbours _search;
    private readonly (int Example, float Similarity)[][] _nearest;

    private NearestExamples(NearestNeighbours search, (int, float)[][] nearest)
    {
        _search = search;
        _nearest = nearest;
    }

    /// <summary>Finds the nearest examples of all.</summary>
    /// <param name="features">One row of length 1 per example; used later, too.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static NearestExamples Of(Tensor features, CancellationToken cancellationToken)
    {
        var search = new NearestNeighbours(features);
        return new NearestExamples(search, search.Find([.. Enumerable.Range(0, (int)features.shape[0])], Neighbours, cancellationToken));
    }

    /// <summary>The nearest other example, and its cosine similarity.</summary>
    public (int Example, float Similarity) Nearest(int example) => _nearest[example][0];

    /// <summary>For each example, the share of its label among those of its neighbours, weighted by similarity, 0 to 1.</summary>
    public float[] Shares(int[] labels) => [.. _nearest.Select((neighbours, example) =>
    {
        var (same, all) = (0f, 0f);
        foreach (var (neighbour, similarity) in neighbours)
        {
            var weight = Math.Max(0, similarity);
            all += weight;
            same += labels[neighbour] == labels[example] ? weight : 0;
        }

        return all > 0 ? same / all : 0;
    })];

    /// <summary>Finds, for each of these examples, the nearest other ones with a wanted label.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (int Example, float Similarity)[][] WithLabel(int[] examples, int[] labels, int[] wanted, int count, CancellationToken cancellationToken) =>
        _search.Find(examples, count, cancellationToken, labels, wanted);
}
