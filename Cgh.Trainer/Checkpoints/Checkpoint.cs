using Cgh.Core.Runs;

namespace Cgh.Trainer.Checkpoints;

/// <summary>State of a run besides its tensors. The learning rate and the example order are functions of the epoch.</summary>
internal sealed record Checkpoint
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Spec of the run. A checkpoint can only be resumed with the same spec.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary><c>TrainingData.Fingerprint</c> of the training data.</summary>
    public required string Data { get; init; }

    /// <summary>Completed epochs.</summary>
    public int Epoch { get; init; }

    /// <summary>Completed mini-batches of the current epoch.</summary>
    public int Step { get; init; }

    /// <summary>Whether the evaluation before the current epoch is complete and its rows are written.</summary>
    public bool Evaluated { get; init; }

    /// <summary>Number of rows in each curve's CSV; resuming truncates the files to it.</summary>
    public IReadOnlyDictionary<string, int> Rows { get; init; } = Curves.All.ToDictionary(curve => curve, _ => 0);

    /// <summary>Duration of the run so far, over all attempts.</summary>
    public double Seconds { get; init; }
}
