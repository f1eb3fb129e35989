using Cgh.Core.Runs;
using Cgh.Trainer.Coherence;

namespace Cgh.Trainer.Training;

/// <summary>Observes a training loop. Called between steps, when the loop's state is consistent.</summary>
internal interface ITrainingWatcher
{
    /// <summary>A step is complete; the loop's position is after it.</summary>
    /// <param name="count">Number of examples in the mini-batch.</param>
    /// <param name="loss">Mean loss of the mini-batch before the step.</param>
    /// <param name="learningRate">Learning rate of the epoch.</param>
    void Stepped(int count, double loss, double learningRate);

    /// <summary>The evaluation before <paramref name="epoch"/>, or after the last one, is complete.</summary>
    void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results);

    /// <summary>The coherence measurement of the evaluation before <paramref name="epoch"/> is complete.</summary>
    void Measured(int epoch, IReadOnlyList<SetCoherence> coherence)
    {
    }

    /// <summary>The records of a tracked evaluation or epoch are complete; see <see cref="Cgh.Core.Tracking.TrackedEpochs"/>.</summary>
    /// <param name="epoch">The tracked epoch.</param>
    /// <param name="records">A <see cref="Cgh.Core.Tracking.TrackingRecord"/> per training example; valid during the call.</param>
    void Tracked(int epoch, ReadOnlyMemory<byte> records)
    {
    }

    /// <summary>An epoch is complete; the loop's position is at the start of the next one.</summary>
    void EpochEnded();
}
