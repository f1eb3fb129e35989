using System.Globalization;
using Cgh.Core.LabelQuality;

namespace Cgh.Dashboard.Labels;

/// <summary>How pages name decisions and suspects.</summary>
internal static class ReviewText
{
    public static string Kind(SuspectKind kind) => kind switch
    {
        SuspectKind.OtherClass => "looks like another class",
        SuspectKind.Rare => "looks like nothing else",
        _ => "not judged",
    };

    /// <summary>The same beside the score of a card.</summary>
    public static string ShortKind(SuspectKind kind) => kind switch
    {
        SuspectKind.OtherClass => "like another",
        SuspectKind.Rare => "like nothing else",
        _ => "",
    };

    public static string Score(double score) => score.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>What a reviewer decided, with the class it leads to.</summary>
    public static string Decision(LabelDecision decision, IReadOnlyList<string> classes) => decision switch
    {
        { Decision: DecisionKind.Accept, Label: { } label } => $"accepted {classes[label]}",
        { Decision: DecisionKind.Keep, Label: { } label } => $"kept {classes[label]}",
        { Decision: DecisionKind.Other, Label: { } label } => $"another class: {classes[label]}",
        _ => "unsure",
    };

    /// <summary>What the reviewers say together, for a card.</summary>
    public static string Verdict(LabelVerdict verdict, int given, IReadOnlyList<string> classes) => verdict switch
    {
        { State: VerdictState.Decided, Label: { } label } => label == given ? "kept" : $"→ {classes[label]}",
        { State: VerdictState.Unsure } => "unsure",
        { State: VerdictState.Disputed } => "disputed",
        _ => "",
    };
}
