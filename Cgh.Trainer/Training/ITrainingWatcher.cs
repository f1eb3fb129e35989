using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>Follows a training; called between steps, when the loop's state is whole.</summary>
internal interface ITrainingWatcher
{
    /// <summary>A step is done; the loop's position is after it.</summary>
    /// <param name="count">Examples in the mini-batch.</param>
    /// <param name="loss">Its mean loss before the step.</param>
    /// <param name="learningRate">Of the epoch.</param>
    void Stepped(int count, double loss, double learningRate);

    /// <summary>The evaluation before <paramref name="epoch"/> is done; or the last one.</summary>
    void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results);

    /// <summary>The loop's position is at the start of the next epoch.</summary>
    void EpochEnded();
}
