namespace Cgh.Core.Tracking;

/// <summary>When and how well a training example was learned, over the tracked epochs that saw it.</summary>
/// <param name="Index">Index of the example in the training split.</param>
/// <param name="Given">Label that the run trained on.</param>
/// <param name="Original">Label that came with the image.</param>
/// <param name="FirstLearned">First tracked epoch at which the prediction was the given label; <see cref="Never"/> without one.</param>
/// <param name="LastUnlearned">
/// First tracked epoch from which the prediction stayed the given label, that is, the one after it was wrong for the last time; <see cref="Never"/> if it
/// is wrong at the end.
/// </param>
/// <param name="Forgetting">Number of times that it was right and then, at the next tracked epoch, wrong.</param>
/// <param name="MeanProbability">Mean of the given label's probability.</param>
/// <param name="StdProbability">Standard deviation of the same (of the population, divisor n).</param>
/// <param name="MeanMargin">Mean of the given label's logit minus the largest other one: the area under the margin.</param>
/// <param name="Seen">Tracked epochs that saw the example.</param>
/// <param name="IsRight">Whether the prediction was the given label at the end.</param>
public readonly record struct LearningRecord(
    int Index,
    int Given,
    int Original,
    int FirstLearned,
    int LastUnlearned,
    int Forgetting,
    double MeanProbability,
    double StdProbability,
    double MeanMargin,
    int Seen,
    bool IsRight)
{
    /// <summary>The epoch of what did not happen.</summary>
    public const int Never = -1;

    /// <summary>Whether the given label is not the original one.</summary>
    public bool IsCorrupt => Given != Original;
}
