using Cgh.Core.LabelQuality;
using Cgh.Core.LabelQuality.Scores;
using Xunit;

namespace Cgh.Core.Tests.LabelQuality;

public sealed class LabelJudgementTests
{
    private static readonly ILabelScore s_score = new MarginScore();

    [Fact]
    public void Of_PlantedErrors_AreJudgedByTheFinalModelAndSetTheCut()
    {
        // 0 to 79: right, 80 to 99: wrong, 100 to 119: right, but trained on a planted error.
        var labels = Enumerable.Range(0, 120).Select(i => i % 2).ToArray();
        var trained = labels.Select((label, i) => i < 100 ? label : 1 - label).ToArray();
        float[] margins = [.. Enumerable.Range(0, 120).Select(i => i < 80 ? 5f + (i / 1000f) : i < 100 ? -5f - (i / 1000f) : -4.9f - (i % 2 * 0.4f))];
        float[] finalMargins = [.. Enumerable.Range(0, 120).Select(i => i is >= 80 and < 100 or 119 ? -3f : 4f)];

        var judgement = LabelJudgement.Of(Signals(trained, margins), labels, finalMargins, s_score, seed: 0);

        // The final model says of the last one that its own label is wrong, too.
        Assert.Equal(Enumerable.Range(80, 20).Append(119), Enumerable.Range(0, 120).Where(i => judgement.IsSuspect[i]));
        Assert.Equal(21, judgement.Cut.Suspects);
        Assert.Equal(0.2, judgement.Cut.NoiseRate!.Value, 0.05);
    }

    [Fact]
    public void Of_WrongLabelsScoreLowerThanPlantedOnes_SaysHowManyTheModelDoubts()
    {
        // 0 to 69: right, 70 to 99: mistaken for a similar class, 100 to 119: planted.
        var labels = Enumerable.Range(0, 120).Select(i => i % 2).ToArray();
        var trained = labels.Select((label, i) => i < 100 ? label : 1 - label).ToArray();
        float[] margins = [.. Enumerable.Range(0, 120).Select(i => i < 70 ? 5f + (i / 1000f) : i < 100 ? -1f - (i / 1000f) : -9f - (i / 1000f))];

        var judgement = LabelJudgement.Of(Signals(trained, margins), labels, new float[120], s_score, seed: 0);

        Assert.EndsWith(
            "Of 30 labels the model preferred another class on average (mean margin below 0): if labels were mistaken for a similar class, the wrong ones are "
            + "among these, below the cut.",
            judgement.Cut.Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoPlantedErrors_SuspectsAsManyAsHaveANegativeMarginAndEstimatesNothing()
    {
        var labels = Enumerable.Range(0, 60).Select(i => i % 3).ToArray();
        float[] margins = [.. Enumerable.Range(0, 60).Select(i => i is 7 or 20 ? -1f : 1f)];

        var judgement = LabelJudgement.Of(Signals(labels, margins), labels, new float[60], s_score, seed: 0);

        Assert.Equal([7, 20], Enumerable.Range(0, 60).Where(i => judgement.IsSuspect[i]));
        Assert.Equal((null, null, null), (judgement.Cut.NoiseRate, judgement.Cut.Precision, judgement.Cut.Recall));
        Assert.StartsWith("The run was trained with 0 planted errors, and an estimate needs 10", judgement.Cut.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoPlantedErrorsAndNoNegativeMargin_HasNoSuspect()
    {
        var labels = Enumerable.Range(0, 60).Select(i => i % 3).ToArray();

        var judgement = LabelJudgement.Of(Signals(labels, [.. labels.Select(_ => 1f)]), labels, new float[60], s_score, seed: 0);

        Assert.DoesNotContain(true, judgement.IsSuspect);
        Assert.Equal(0, judgement.Cut.Suspects);
    }

    [Fact]
    public void Of_SmallClass_IsNotJudged()
    {
        var labels = Enumerable.Range(0, 60).Select(i => i < 5 ? 2 : i % 2).ToArray();
        float[] margins = [.. Enumerable.Range(0, 60).Select(i => i is 3 or 50 ? -1f : 1f)];

        var judgement = LabelJudgement.Of(Signals(labels, margins), labels, new float[60], s_score, seed: 0);

        Assert.Equal([50], Enumerable.Range(0, 60).Where(i => judgement.IsSuspect[i]));
    }

    [Fact]
    public void Check_TooFewOrOneClass_SaysWhatToDo()
    {
        Assert.Equal(
            "There are 49 training images; labels can be judged with 50 or more. Add images, or look at all of them.",
            Assert.Throws<UserErrorException>(() => LabelJudgement.Check(new int[49], classes: 2)).Message);
        Assert.Equal(
            "All training images have the same label, so there is no other class to suggest. Use a dataset of two or more classes.",
            Assert.Throws<UserErrorException>(() => LabelJudgement.Check(new int[50], classes: 2)).Message);
    }

    internal static LabelSignals Signals(int[] given, float[] margins) => new()
    {
        Classes = 3,
        Given = given,
        Tracked = new TrackedSignals
        {
            Margin = margins,
            ScaledMargin = margins,
            Probability = [.. margins.Select(margin => margin > 0 ? 0.9f : 0.1f)],
            LateProbability = [.. margins.Select(margin => margin > 0 ? 1f : 0.2f)],
            FirstLearned = new int[given.Length],
        },
        FinalProbability = [.. margins.Select(margin => margin > 0 ? 1f : 0f)],
        Neighbours = [.. margins.Select(margin => margin > 0 ? 1f : 0f)],
    };
}
