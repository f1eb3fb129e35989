using Cgh.Core.LabelQuality;
using Cgh.Core.LabelQuality.Scores;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

public sealed class LabelScoreTests
{
    public static TheoryData<string> Names => [.. LabelScoreCatalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_ALabelThatIsNotLearned_ScoresHighest(string name)
    {
        int[] given = [0, 0, 1, 1, 0, 1];
        float[] margins = [2, 3, 4, -3, 5, 2];
        var signals = LabelJudgementTests.Signals(given, margins);

        var scores = LabelScoreCatalog.Get(name).Of(signals with { Second = signals.Tracked with { LateProbability = [1, 1, 1, 1, 1, 1] } });

        Assert.Equal(3, Array.IndexOf(scores, scores.Max()));
        Assert.Equal(given.Length, scores.Length);
    }

    [Fact]
    public void Get_UnknownName_SuggestsTheNearest() => Assert.Equal(
        "Unknown score 'aumm'. Did you mean 'aum'?", Assert.Throws<UserErrorException>(() => LabelScoreCatalog.Get("aumm")).Message);

    [Fact]
    public void SelfConfidence_ClassOfLowProbabilities_IsComparedWithItself()
    {
        // The second class is harder: 0.5 is usual there and low in the first.
        var scores = SelfConfidenceScore.Of([0, 0, 0, 1, 1], [0.9f, 0.9f, 0.5f, 0.5f, 0.5f], classes: 2);

        Assert.True(scores[2] > scores[3], $"{scores[2]} is not above {scores[3]}.");
        Assert.Equal(0, scores[3], 1e-6);
    }

    [Fact]
    public void Ranks_EqualScores_HaveTheirMeanRank() => Assert.Equal([0.5, 0, 0.5, 1], CombinedScore.Ranks([2, 1, 2, 3]));
}
