using Cgh.Trainer.LabelQuality;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.LabelQuality;

public sealed class NearestNeighboursTests
{
    [Fact]
    public void Find_RandomFeatures_EqualsAPlainLoop()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        var drawn = Enumerable.Range(0, 60 * 7).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var features = nn.functional.normalize(tensor(drawn).reshape(60, 7), 2, 1);
        var values = Plain.Values(features);
        float Similarity(int a, int b) => Enumerable.Range(0, 7).Sum(j => values[(a * 7) + j] * values[(b * 7) + j]);
        int[] queries = [5, 0, 59];
        int[] labels = [.. Enumerable.Range(0, 60).Select(i => i % 3)];
        int[] wanted = [1, 2, 0];
        var search = new NearestNeighbours(features);

        var any = search.Find(queries, 4, TestContext.Current.CancellationToken);
        var labelled = search.Find(queries, 4, TestContext.Current.CancellationToken, labels, wanted);

        for (var i = 0; i < queries.Length; i++)
        {
            var others = Enumerable.Range(0, 60).Where(other => other != queries[i]).OrderByDescending(other => Similarity(queries[i], other)).ToArray();
            Assert.Equal(others.Take(4), any[i].Select(neighbour => neighbour.Example));
            Assert.Equal(others.Where(other => labels[other] == wanted[i]).Take(4), labelled[i].Select(neighbour => neighbour.Example));
            Assert.All(any[i], neighbour => Assert.Equal(Similarity(queries[i], neighbour.Example), neighbour.Similarity, 1e-5f));
        }
    }

    [Fact]
    public void Find_LabelWithFewerExamples_ReturnsThoseThereAre()
    {
        using var features = nn.functional.normalize(tensor(new float[] { 1, 0, 0, 1, 1, 1 }).reshape(3, 2), 2, 1);

        var found = new NearestNeighbours(features).Find([0], 5, TestContext.Current.CancellationToken, [0, 1, 0], [1]);

        Assert.Equal([1], found[0].Select(neighbour => neighbour.Example));
    }
}
