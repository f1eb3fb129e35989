using Cgh.Core.LabelQuality.Scores;

namespace Cgh.Core.LabelQuality;

/// <summary>Every score that a label report can use.</summary>
public static class LabelScoreCatalog
{
    /// <summary>In the order in which help and tables go through them; the default is the first.</summary>
    public static IReadOnlyList<ILabelScore> All { get; } =
    [
        new MarginScore(),
        new ScaledMarginScore(),
        new CombinedScore(),
        new MeanProbabilityScore(),
        new LateProbabilityScore(),
        new DisagreementScore(),
        new SelfConfidenceScore(),
        new NeighbourScore(),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(score => score.Name)];

    /// <summary>The score that a report uses unless told otherwise: the one that measures best (docs/labels.md).</summary>
    public static ILabelScore Default => All[0];

    /// <summary>The score of that name.</summary>
    /// <exception cref="UserErrorException">There is no such score.</exception>
    public static ILabelScore Get(string name) =>
        All.FirstOrDefault(score => score.Name == name) ?? throw UserErrorException.Usage($"Unknown score '{name}'.{NearestName.Suggest(name, Names)}");

    /// <summary>The message for an unknown score, with the nearest one.</summary>
    public static string Failure(string name) => $"unknown score '{name}'.{NearestName.Suggest(name, Names)}";
}
