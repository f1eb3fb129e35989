namespace Cgh.Core.LabelQuality;

/// <summary>What a suspect looks like: its nearest neighbours among the network's features say.</summary>
public enum SuspectKind
{
    /// <summary>Not a suspect.</summary>
    None,

    /// <summary>It looks like the examples of the suggested class: the label is probably wrong.</summary>
    OtherClass,

    /// <summary>It looks like nothing else: a rare example of its class, or an image of none of the classes.</summary>
    Rare,
}

/// <summary>What a label report says of one training example.</summary>
public sealed record LabelFinding
{
    /// <summary>The index of an example that does not exist, such as a twin of an example without one.</summary>
    public const int NoExample = -1;

    /// <summary>Largest number of neighbours in <see cref="NearGiven"/> and <see cref="NearSuggested"/>.</summary>
    public const int MaxNeighbours = 5;

    /// <summary>Index in the training split.</summary>
    public required int Index { get; init; }

    /// <summary>The label in question, a class index.</summary>
    public required int Given { get; init; }

    /// <summary>The class other than <see cref="Given"/> that fits best.</summary>
    public required int Suggested { get; init; }

    /// <summary>How suspicious the label is; higher is more suspicious. Comparable only within a report.</summary>
    public required double Score { get; init; }

    /// <summary>Whether the label is probably wrong: its score is at or above the cut.</summary>
    public required bool IsSuspect { get; init; }

    /// <summary>Mean probability of the given label over the tracked epochs, 0 to 1; NaN for a planted error, whose own label was not trained on.</summary>
    public required double Probability { get; init; }

    /// <summary>Mean over the tracked epochs of the given label's logit minus the largest other one; NaN for a planted error.</summary>
    public required double Margin { get; init; }

    /// <summary>First tracked epoch at which the prediction was the given label; -1 if never, and for a planted error.</summary>
    public required int FirstLearned { get; init; }

    /// <summary>Whether it looks like another class or like nothing else.</summary>
    public required SuspectKind Kind { get; init; }

    /// <summary>A training example whose image is nearly the same; <see cref="NoExample"/> without one.</summary>
    public int Twin { get; init; } = NoExample;

    /// <summary>The training examples with the given label that look most like it, nearest first; only for suspects.</summary>
    public IReadOnlyList<int> NearGiven { get; init; } = [];

    /// <summary>The training examples with the suggested label that look most like it, nearest first; only for suspects.</summary>
    public IReadOnlyList<int> NearSuggested { get; init; } = [];
}
