using System.Globalization;

namespace Cgh.Core.Tracking;

/// <summary>The time that orders examples from easy to hard.</summary>
public enum LearningTime
{
    /// <summary><see cref="LearningRecord.FirstLearned"/>.</summary>
    FirstLearned,

    /// <summary><see cref="LearningRecord.LastUnlearned"/>.</summary>
    LastUnlearned,
}

/// <summary>Orders examples from easy to hard by when they were learned.</summary>
public static class LearningOrder
{
    /// <summary>Indices from the example that was learned first to those that never were; ties by mean margin, the larger first, then by index.</summary>
    public static int[] Of(LearningRecord[] records, LearningTime time) =>
    [
        .. records
            .OrderBy(record => time == LearningTime.FirstLearned ? After(record.FirstLearned) : After(record.LastUnlearned))
            .ThenByDescending(record => record.MeanMargin)
            .ThenBy(record => record.Index)
            .Select(record => record.Index),
    ];

    /// <summary>File of the indices of the examples learned first, easiest first.</summary>
    public const string EasyFile = "easy.csv";

    /// <summary>File of the indices of those learned last or never, hardest first.</summary>
    public const string HardFile = "hard.csv";

    /// <summary>The easiest and the hardest examples: the first of the order, easiest first, and its last, hardest first.</summary>
    /// <exception cref="UserErrorException">There are fewer examples than both together.</exception>
    public static (int[] Easy, int[] Hard) Ends(LearningRecord[] records, LearningTime time, int easy, int hard)
    {
        if ((long)easy + hard > records.Length)
        {
            throw UserErrorException.Usage(string.Create(
                CultureInfo.InvariantCulture,
                $"{easy} easy and {hard} hard examples are more than the {records.Length} that the run trained on. Reduce --easy or --hard."));
        }

        var order = Of(records, time);
        return (order[..easy], [.. order[^hard..].Reverse()]);
    }

    private static int After(int epoch) => epoch == LearningRecord.Never ? int.MaxValue : epoch;
}
