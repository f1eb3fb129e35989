using Cgh.Core.Runs;

namespace Cgh.Core.Tracking;

/// <summary>Whether and how a run records what it has learned about each training example.</summary>
public enum LearningTracking
{
    Off,

    /// <summary>A forward pass of every training example in evaluation mode at each tracked evaluation.</summary>
    Evaluation,

    /// <summary>The outputs of the training pass itself: no pass of its own, but in training mode and at weights that change within the epoch.</summary>
    Training,
}

/// <summary>The tracked epochs of a run.</summary>
public static class TrackedEpochs
{
    /// <summary>
    /// The epochs with records, ascending. With <see cref="LearningTracking.Evaluation"/>, the completed epochs at an evaluation, from 0 to the number of
    /// epochs; with <see cref="LearningTracking.Training"/>, the number of the epoch that trains, which is one less at most.
    /// </summary>
    /// <param name="mode">How the run records.</param>
    /// <param name="every">Epochs from one record to the next, at least 1. The last epoch is always tracked.</param>
    /// <param name="epochs">Epochs of the run.</param>
    public static IReadOnlyList<int> Of(LearningTracking mode, int every, int epochs)
    {
        var last = mode == LearningTracking.Training ? epochs - 1 : epochs;
        return mode == LearningTracking.Off ? [] : [.. Enumerable.Range(0, last + 1).Where(epoch => epoch % every == 0 || epoch == last)];
    }

    /// <summary>The tracked epochs of a run with this spec.</summary>
    public static IReadOnlyList<int> Of(RunSpec spec) => Of(spec.TrackLearning, spec.TrackEvery ?? 1, spec.Epochs);
}
