using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cgh.Trainer.LabelQuality;

/// <summary>Finds the examples whose features are most similar (cosine), by comparing all.</summary>
/// <param name="features">One row of length 1 per example, n x d, float32 on the CPU.</param>
internal sealed class NearestNeighbours(Tensor features)
{
    // Similarities in memory at a time: 256 MB.
    private const int MaxSimilarities = 1 << 26;

    /// <summary>Finds the nearest other examples of each.</summary>
    /// <param name="queries">Indices of the examples to find neighbours of.</param>
    /// <param name="k">Number of neighbours.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <param name="labels">With <paramref name="wanted"/>: a label per example.</param>
    /// <param name="wanted">The label that the neighbours of each query must have; null for any.</param>
    /// <returns>For each query, the neighbours, nearest first, and their cosine similarities. Fewer than k if there are not as many.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (int Example, float Similarity)[][] Find(int[] queries, int k, CancellationToken cancellationToken, int[]? labels = null, int[]? wanted = null)
    {
        using var inference = inference_mode();
        var n = (int)features.shape[0];
        k = Math.Min(k, n - 1);
        var found = new (int, float)[queries.Length][];
        using var candidates = labels is null ? null : tensor(labels).unsqueeze(0);
        var part = Math.Max(1, MaxSimilarities / n);
        for (var first = 0; first < queries.Length; first += part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rows = queries[first..Math.Min(queries.Length, first + part)];
            var index = tensor(Array.ConvertAll(rows, row => (long)row));
            var similarities = features.index_select(0, index).matmul(features.t());
            similarities.scatter_(1, index.unsqueeze(1), full(rows.Length, 1, float.NegativeInfinity));
            if (candidates is not null)
            {
                similarities.masked_fill_(tensor(wanted![first..(first + rows.Length)]).unsqueeze(1).ne(candidates), float.NegativeInfinity);
            }

            var (values, indices) = similarities.topk(k, 1);
            var similar = MemoryMarshal.Cast<byte, float>(values.contiguous().bytes);
            var examples = MemoryMarshal.Cast<byte, long>(indices.contiguous().bytes);
            for (var i = 0; i < rows.Length; i++)
            {
                var neighbours = new List<(int, float)>(k);
                for (var j = i * k; j < (i + 1) * k && similar[j] > float.NegativeInfinity; j++)
                {
                    neighbours.Add(((int)examples[j], similar[j]));
                }

                found[first + i] = [.. neighbours];
            }
        }

        return found;
    }
}
