using Cgh.Core.Runs;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Where a run is, besides its tensors. The learning rate and the order of examples follow from the epoch.</summary>
internal sealed record Checkpoint
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>What is trained; a checkpoint goes with this spec alone.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary><c>TrainingData.Fingerprint</c> of the data that it was trained on.</summary>
    public required string Data { get; init; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; init; }

    /// <summary>Mini-batches done of the current epoch.</summary>
    public int Step { get; init; }

    /// <summary>The evaluation that precedes the current epoch is done and its rows are written.</summary>
    public bool Evaluated { get; init; }

    /// <summary>Rows that each curve's CSV held; later ones are cut off on resuming.</summary>
    public IReadOnlyDictionary<string, int> Rows { get; init; } = Curves.All.ToDictionary(curve => curve, _ => 0);

    /// <summary>Seconds that the run had taken.</summary>
    public double Seconds { get; init; }
}
