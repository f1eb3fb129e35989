namespace Cgh.Core.LabelQuality;

/// <summary>What the reviewers of an example say together.</summary>
public enum VerdictState
{
    /// <summary>Nobody has decided.</summary>
    Undecided,

    /// <summary>They agree on a label.</summary>
    Decided,

    /// <summary>They agree that they are unsure.</summary>
    Unsure,

    /// <summary>They differ. The example keeps its label until they agree, or one of them overrules the others.</summary>
    Disputed,
}

/// <summary>What the reviewers of an example say together, and each of them.</summary>
/// <param name="State">What they say together.</param>
/// <param name="Label">The class index they agree on; null in other states than <see cref="VerdictState.Decided"/>.</param>
/// <param name="Decisions">The last decision of each reviewer, oldest first.</param>
public sealed record LabelVerdict(VerdictState State, int? Label, IReadOnlyList<LabelDecision> Decisions)
{
    /// <summary>The verdict on an example that nobody has decided.</summary>
    public static LabelVerdict Undecided { get; } = new(VerdictState.Undecided, null, []);

    /// <summary>
    /// Returns the verdict that follows from the last decision of each reviewer, oldest first. A decision that overrules counts instead of the earlier ones;
    /// a later one can dispute it again.
    /// </summary>
    public static LabelVerdict Of(IReadOnlyList<LabelDecision> decisions)
    {
        if (decisions.Count == 0)
        {
            return Undecided;
        }

        var first = 0;
        for (var i = 0; i < decisions.Count; i++)
        {
            first = decisions[i].Overrules ? i : first;
        }

        var label = decisions[first].Label;
        return decisions.Skip(first).Any(decision => decision.Label != label) ? new LabelVerdict(VerdictState.Disputed, null, decisions)
            : label is null ? new LabelVerdict(VerdictState.Unsure, null, decisions)
            : new LabelVerdict(VerdictState.Decided, label, decisions);
    }
}
