using Cgh.Trainer.Coherence;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Coherence;

public sealed class CoherenceEstimateTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(1)]
    public void Corrected_AlphaOfMeans_IsThatOfSingleExamples(double alpha)
    {
        const int size = 20;

        Assert.Equal(alpha, CoherenceEstimate.Corrected(size * alpha / (1 + ((size - 1) * alpha)), size), 1e-12);
    }

    // Means of 4 of the gradients c + e, with e random and orthogonal to the common part c: alpha = |c|^2 / (|c|^2 + |e|^2).
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Take_RandomGradientsWithACommonPart_IsTheirAlpha(int groups)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        const int length = 400;
        using var estimate = new CoherenceEstimate(groups, 4 * groups, zeros(length));
        for (var step = 0; step < 300; step++)
        {
            var means = Enumerable.Range(0, groups).Select(_ => randn(4, length).mean([0L]) + 0.5f).ToArray();
            estimate.Add(means, 4 * groups);
        }

        Assert.Equal(4, estimate.Size);
        Assert.Equal(0.2, estimate.Take()!.Value, 0.01);
        Assert.Null(estimate.Take());
    }

    [Fact]
    public void Add_SmallerMiniBatch_IsLeftOut()
    {
        using var scope = NewDisposeScope();
        using var estimate = new CoherenceEstimate(1, 4, zeros(2));

        estimate.Add([ones(2)], 4);
        estimate.Add([ones(2)], 3);
        estimate.Add([ones(2)], 4);

        Assert.Null(estimate.Take());
        estimate.Add([ones(2)], 4);
        Assert.Equal(1, estimate.Take());
    }
}
