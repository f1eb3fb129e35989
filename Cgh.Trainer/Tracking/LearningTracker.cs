using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Evaluation;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tracking;

/// <summary>
/// Collects the records of a run's tracked epochs. With <see cref="LearningTracking.Training"/>, those of a partly trained epoch are part of the run's
/// state: a checkpoint has them as a tensor.
/// </summary>
internal sealed class LearningTracker
{
    /// <summary>Name of the records in a checkpoint within an epoch: uint8, one row of three per training example.</summary>
    public const string TensorName = "tracking.records";

    private readonly HashSet<int> _epochs;

    /// <param name="spec">Spec of the run.</param>
    /// <param name="examples">Number of training examples.</param>
    public LearningTracker(RunSpec spec, int examples)
    {
        Mode = spec.TrackLearning;
        _epochs = [.. TrackedEpochs.Of(spec)];
        Records = new byte[Mode == LearningTracking.Off ? 0 : checked(examples * TrackingRecord.Size)];
    }

    public LearningTracking Mode { get; }

    /// <summary>Records of the tracked evaluation or epoch, in example order.</summary>
    public byte[] Records { get; }

    /// <summary>The buffer for the records of the evaluation before an epoch; null if it is not tracked.</summary>
    public byte[]? OfEvaluation(int epoch) => Mode == LearningTracking.Evaluation && _epochs.Contains(epoch) ? Records : null;

    /// <summary>Whether the training pass of an epoch is recorded.</summary>
    public bool Trains(int epoch) => Mode == LearningTracking.Training && _epochs.Contains(epoch);

    /// <summary>Prepares for an epoch whose training pass is recorded: no example has been seen.</summary>
    public void BeginEpoch()
    {
        for (var at = 0; at < Records.Length; at += TrackingRecord.Size)
        {
            TrackingRecord.NotSeen.Write(Records.AsSpan(at));
        }
    }

    /// <summary>Records the outputs of a part of a mini-batch.</summary>
    /// <param name="logits">Logits in float32, n x classes.</param>
    /// <param name="labels">Class indices, n.</param>
    /// <param name="examples">Index of each example.</param>
    public void Add(Tensor logits, Tensor labels, ReadOnlySpan<int> examples)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var records = new byte[examples.Length * TrackingRecord.Size];
        ExampleScores.Of(logits, labels, new float[examples.Length], new int[examples.Length], records);
        for (var i = 0; i < examples.Length; i++)
        {
            records.AsSpan(i * TrackingRecord.Size, TrackingRecord.Size).CopyTo(Records.AsSpan(examples[i] * TrackingRecord.Size));
        }
    }

    /// <summary>The records as a tensor of a checkpoint. The caller disposes it.</summary>
    public Tensor ToTensor() => tensor(Records, uint8).reshape(-1, TrackingRecord.Size);

    /// <summary>Restores the records of a checkpoint within a tracked epoch.</summary>
    /// <param name="saved">The checkpoint's tensor; null without one.</param>
    /// <exception cref="UserErrorException">The checkpoint has no records, or of another number of examples.</exception>
    public void Restore(Tensor? saved)
    {
        if (saved is null || saved.dtype != ScalarType.Byte || saved.numel() != Records.Length)
        {
            throw new UserErrorException(
                $"The checkpoint does not fit trackLearning: '{TensorName}' is missing or has another type or shape. Restart the run from the beginning.");
        }

        saved.bytes.CopyTo(Records);
    }
}
