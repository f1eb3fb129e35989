namespace Cgh.Core.LabelQuality;

/// <summary>How far a second review, made without knowledge of the first, agrees with it.</summary>
/// <param name="Examples">Number of examples that were reviewed twice.</param>
/// <param name="Same">How many of them got the same label, or were unsure, both times.</param>
/// <param name="Kappa">Cohen's kappa over accept, keep, unsure and other; null if chance alone would give full agreement, and without examples.</param>
public sealed record ReviewAgreement(int Examples, int Same, double? Kappa)
{
    /// <summary>The agreement in percent; null without examples.</summary>
    public double? Percent => Examples > 0 ? 100.0 * Same / Examples : null;

    /// <summary>Compares pairs of decisions about the same example. Two other classes that differ are no agreement.</summary>
    public static ReviewAgreement Of(IReadOnlyCollection<(LabelDecision First, LabelDecision Second)> pairs)
    {
        var same = pairs.Count(pair => pair.First.Label == pair.Second.Label);
        double n = pairs.Count;
        var byChance = Enum.GetValues<DecisionKind>()
            .Sum(kind => pairs.Count(pair => pair.First.Decision == kind) / n * (pairs.Count(pair => pair.Second.Decision == kind) / n));
        return new ReviewAgreement(pairs.Count, same, pairs.Count > 0 && byChance < 1 ? ((same / n) - byChance) / (1 - byChance) : null);
    }
}
