using Cgh.Core.LabelQuality;
using Cgh.Core.Numpy;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

public sealed class PlantedCutTests
{
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(0.4)]
    public void Find_PlantedErrorsLikeTheWrongLabels_EstimatesTheShareAndTheCut(double share)
    {
        var random = new RandomState(1);
        var isWrong = Enumerable.Range(0, 20_000).Select(i => i < share * 20_000).ToArray();
        double[] scores = [.. isWrong.Select(wrong => random.NextNormal() + (wrong ? 4 : 0))];
        double[] planted = [.. Enumerable.Range(0, 600).Select(_ => random.NextNormal() + 4)];

        var cut = PlantedCut.Find(scores, planted, classes: 1000, seed: 0);

        var suspects = scores.Select(score => score >= cut.Threshold).ToArray();
        var found = suspects.Zip(isWrong).Count(pair => pair is { First: true, Second: true });
        Assert.Equal(suspects.Count(suspect => suspect), cut.Suspects);
        Assert.Equal(share, cut.NoiseRate!.Value, 0.02);
        Assert.Equal((double)found / cut.Suspects, cut.Precision!.Value, 0.05);
        Assert.Equal(found / (share * 20_000), cut.Recall!.Value, 0.03);
        Assert.All(new[] { cut.NoiseRate, cut.Precision, cut.Recall }, estimate => Assert.InRange(estimate.Value, estimate.Low - 1e-9, estimate.High + 1e-9));
        Assert.InRange(share, cut.NoiseRate.Low - 0.01, cut.NoiseRate.High + 0.01);
    }

    [Fact]
    public void Find_TwoClasses_AllowsForPlantedErrorsThatAreRight()
    {
        const double Share = 0.25;
        var random = new RandomState(4);
        double[] scores = [.. Enumerable.Range(0, 20_000).Select(i => random.NextNormal() + (i < Share * 20_000 ? 5 : 0))];
        double[] planted = [.. Enumerable.Range(0, 1000).Select(i => random.NextNormal() + (i < Share * 1000 ? 0 : 5))];

        var cut = PlantedCut.Find(scores, planted, classes: 2, seed: 0);

        Assert.Equal(Share, cut.NoiseRate!.Value, 0.02);
        Assert.Equal(Share * 20_000, cut.Suspects, 200.0);
        Assert.InRange(cut.Recall!.Value, 0.95, 1);
        Assert.InRange(cut.Precision!.Value, 0.95, 1);
    }

    [Fact]
    public void Find_PlantedErrorsScoreLikeOtherLabels_SaysThatTheEstimatesAreUncertain()
    {
        var random = new RandomState(5);

        var cut = PlantedCut.Find(random.Normal(0, 1, 200), random.Normal(0.3, 1, 20), classes: 10, seed: 0);

        Assert.Contains("The estimates are uncertain", cut.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoWrongLabels_EstimatesNoneAndSuspectsAlmostNone()
    {
        var random = new RandomState(2);
        double[] scores = random.Normal(0, 1, 10_000);
        double[] planted = random.Normal(6, 1, 300);

        var cut = PlantedCut.Find(scores, planted, classes: 1000, seed: 0);

        Assert.InRange(cut.NoiseRate!.Value, 0, 0.002);
        Assert.InRange(cut.Suspects, 0, 20);
    }

    [Fact]
    public void Find_SameSeed_SameCut()
    {
        var random = new RandomState(3);
        double[] scores = random.Normal(0, 1, 500);
        double[] planted = random.Normal(2, 1, 40);

        Assert.Equal(PlantedCut.Find(scores, planted, classes: 1000, seed: 7), PlantedCut.Find(scores, planted, classes: 1000, seed: 7));
    }

    [Fact]
    public void Find_EqualScores_AreAllOnOneSide()
    {
        var cut = PlantedCut.Find(Enumerable.Repeat(1.0, 100).ToArray(), Enumerable.Repeat(1.0, 20).ToArray(), classes: 1000, seed: 0);

        Assert.Equal((1.0, 100), (cut.Threshold, cut.Suspects));
        Assert.Equal(1, cut.NoiseRate!.Value, 0.01);
    }

    [Fact]
    public void Find_TooFewPlanted_Throws() => Assert.Throws<ArgumentException>(() => PlantedCut.Find([1, 2], [1], classes: 2, seed: 0));
}
