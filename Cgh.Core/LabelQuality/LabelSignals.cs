namespace Cgh.Core.LabelQuality;

/// <summary>What is known about each training example's label: the columns that a score is computed from. All arrays have one entry per example.</summary>
public sealed record LabelSignals
{
    /// <summary>Number of classes.</summary>
    public required int Classes { get; init; }

    /// <summary>The label in question.</summary>
    public required IReadOnlyList<int> Given { get; init; }

    /// <summary>What tracking says of the given label under the run's rule.</summary>
    public required TrackedSignals Tracked { get; init; }

    /// <summary>The same of a second run on the same labels; null without one.</summary>
    public TrackedSignals? Second { get; init; }

    /// <summary>The given label's probability by the final model, 0 to 1.</summary>
    public required float[] FinalProbability { get; init; }

    /// <summary>The share of the given label among the nearest neighbours in the final model's features, weighted by similarity, 0 to 1.</summary>
    public required float[] Neighbours { get; init; }
}
