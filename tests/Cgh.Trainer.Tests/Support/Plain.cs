using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Conversions and test data for plain arrays.</summary>
internal static class Plain
{
    /// <summary>Difficult gradients for a rule: ordinary, tied, tiny, huge, infinite and NaN.</summary>
    public static float[][] NastyTriples(int random = 20_000)
    {
        var source = new Random(7);
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - source.NextDouble())) * Math.Cos(2 * Math.PI * source.NextDouble()));
        float[] special =
        [
            0f, -0f, 1f, -1f, 1e-6f, -1e-6f, float.Epsilon, -float.Epsilon, 1e38f, -1e38f, float.MaxValue, float.MinValue,
            float.PositiveInfinity, float.NegativeInfinity, float.NaN,
        ];
        var triples = new List<float[]>();
        for (var i = 0; i < random; i++)
        {
            triples.Add([Normal(), Normal(), Normal()]);
            triples.Add([Normal(), Normal() * 1e-6f, -Normal()]);
            var tied = Normal();
            triples.Add([tied, Normal(), tied]);
        }

        foreach (var a in special)
        {
            foreach (var b in special)
            {
                triples.AddRange(special.Select(c => new[] { a, b, c }));
            }
        }

        return [.. triples];
    }

    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().data<float>().ToArray();
    }
}
