using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.LabelQuality.Scores;

namespace Cgh.Core.LabelQuality;

/// <summary>How suspicious each label is, and which are probably wrong.</summary>
/// <param name="Scores">One score per example, higher is more suspicious.</param>
/// <param name="IsSuspect">Whether each label is probably wrong.</param>
/// <param name="Cut">The line between the two.</param>
public sealed record LabelJudgement(double[] Scores, bool[] IsSuspect, LabelCut Cut)
{
    /// <summary>Smallest number of examples of a class whose labels can be judged.</summary>
    public const int MinClassExamples = LabelNoise.MinPlantedClass;

    /// <summary>Smallest number of training examples that can be judged.</summary>
    public const int MinExamples = 50;

    /// <summary>Judges labels.</summary>
    /// <param name="signals">What is known of the labels that the run was trained on.</param>
    /// <param name="labels">The labels in question. Where they differ from those in <paramref name="signals"/>, the run was trained on a planted error.</param>
    /// <param name="finalMargin">The margin of each of <paramref name="labels"/> by the final model; a planted error's class does not count.</param>
    /// <param name="score">The score.</param>
    /// <param name="seed">Seed of the intervals.</param>
    /// <exception cref="UserErrorException">There are too few examples, or one class only.</exception>
    public static LabelJudgement Of(LabelSignals signals, IReadOnlyList<int> labels, float[] finalMargin, ILabelScore score, uint seed)
    {
        Check(labels, signals.Classes);
        var all = Enumerable.Range(0, labels.Count).ToLookup(i => labels[i] != signals.Given[i]);
        int[] planted = [.. all[true]], others = [.. all[false]];
        var scores = score.Of(signals);
        var ofPlanted = Array.ConvertAll(planted, i => scores[i]);
        var ofOthers = Array.ConvertAll(others, i => scores[i]);
        var sizes = new int[signals.Classes];
        foreach (var label in labels)
        {
            sizes[label]++;
        }

        // The model preferred another class on average.
        var preferOther = others.Count(i => signals.Tracked.Margin[i] < 0);
        var cut = planted.Length >= PlantedCut.MinPlanted && others.Length > 0
            ? PlantedCut.Find(ofOthers, ofPlanted, LabelNoise.PlantedClasses(sizes).Length, seed)
            : WithoutPlanted(ofOthers, preferOther, planted.Length);
        cut = WithHint(cut, preferOther);
        ScorePlanted(scores, planted, others, finalMargin);
        var suspects = scores.Select((value, i) => value >= cut.Threshold && sizes[labels[i]] >= MinClassExamples).ToArray();
        return new LabelJudgement(scores, suspects, cut with { Suspects = suspects.Count(suspect => suspect) });
    }

    /// <summary>Checks that labels can be judged.</summary>
    /// <exception cref="UserErrorException">There are too few examples, or one class only.</exception>
    public static void Check(IReadOnlyList<int> labels, int classes)
    {
        if (labels.Count < MinExamples)
        {
            throw UserErrorException.Final(string.Create(
                CultureInfo.InvariantCulture,
                $"There are {labels.Count} training images; labels can be judged with {MinExamples} or more. Add images, or look at all of them."));
        }

        if (classes < 2 || labels.Distinct().Take(2).Count() < 2)
        {
            throw UserErrorException.Final(
                "All training images have the same label, so there is no other class to suggest. Use a dataset of two or more classes.");
        }
    }

    // Labels that were mistaken for one similar class are learned in part, and score lower than planted errors.
    private static LabelCut WithHint(LabelCut cut, int preferOther) => preferOther <= 2 * cut.Suspects ? cut : cut with
    {
        Reason = string.Create(
            CultureInfo.InvariantCulture,
            $"{cut.Reason} Of {preferOther} labels the model preferred another class on average (mean margin below 0): if labels were mistaken for a similar "
            + $"class, the wrong ones are among these, below the cut."),
    };

    private static LabelCut WithoutPlanted(double[] scores, int count, int planted)
    {
        double[] highest = [.. scores.OrderDescending()];

        // Scores that are equal are on one side, and no more labels are suspects than have such a margin.
        var threshold = count == 0 ? Math.BitIncrement(highest[0])
            : count < highest.Length && highest[count] >= highest[count - 1] ? Math.BitIncrement(highest[count]) : highest[count - 1];
        return new LabelCut
        {
            Threshold = threshold,
            Suspects = count,
            Reason = string.Create(
                CultureInfo.InvariantCulture,
                $"The run was trained with {planted} planted errors, and an estimate needs {PlantedCut.MinPlanted}: as many labels are suspects as have a mean "
                + $"margin below 0 (fewer if scores are equal), and precision, recall and noise rate are unknown."),
        };
    }

    // The run was trained on another label of these, so that only the final model tells about their own. They were drawn at random, so their scores would be
    // distributed as those of the others: the one with the smallest margin gets the highest of them, and so on.
    private static void ScorePlanted(double[] scores, int[] planted, int[] others, float[] finalMargin)
    {
        if (planted.Length == 0 || others.Length == 0)
        {
            return;
        }

        double[] ascending = [.. others.Select(i => scores[i]).Order()];
        var ranks = CombinedScore.Ranks([.. planted.Select(i => -(double)finalMargin[i])]);
        for (var i = 0; i < planted.Length; i++)
        {
            scores[planted[i]] = ascending[(int)Math.Round(ranks[i] * (ascending.Length - 1))];
        }
    }
}
