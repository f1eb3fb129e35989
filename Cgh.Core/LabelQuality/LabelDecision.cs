using System.Text.Json.Serialization;

namespace Cgh.Core.LabelQuality;

/// <summary>What a reviewer says of a label.</summary>
public enum DecisionKind
{
    /// <summary>The suggested label is right.</summary>
    Accept,

    /// <summary>The given label is right.</summary>
    Keep,

    /// <summary>The image does not show which label is right.</summary>
    Unsure,

    /// <summary>Neither is right: another class is.</summary>
    Other,

    /// <summary>Takes back an earlier decision of the same reviewer.</summary>
    Undo,
}

/// <summary>A line of <see cref="DecisionLog.FileName"/>: one decision of a reviewer about one training example.</summary>
public sealed record LabelDecision
{
    /// <summary>Longest name of a reviewer.</summary>
    public const int MaxReviewerLength = 40;

    /// <summary>Number of the decision, from 1.</summary>
    public required int Sequence { get; init; }

    /// <summary>Index of the example in the training split.</summary>
    public required int Index { get; init; }

    /// <summary>Name of the reviewer.</summary>
    public required string Reviewer { get; init; }

    /// <summary>What the reviewer decided.</summary>
    public required DecisionKind Decision { get; init; }

    /// <summary>The class index that the example gets; null for <see cref="DecisionKind.Unsure"/> and <see cref="DecisionKind.Undo"/>.</summary>
    public int? Label { get; init; }

    /// <summary>For <see cref="DecisionKind.Undo"/>: the <see cref="Sequence"/> of the decision taken back.</summary>
    public int? Undone { get; init; }

    /// <summary>Whether it settles a dispute: earlier decisions of other reviewers about the example do not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Overrules { get; init; }

    /// <summary>Whether the reviewer did not see the earlier decisions: part of a second review.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Blind { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>SHA-256 of the labels in question (<see cref="LabelReportInfo.LabelsSha256"/>).</summary>
    public required string Labels { get; init; }

    /// <summary>Returns a reviewer's name without surrounding blanks.</summary>
    /// <exception cref="UserErrorException">It is empty, too long or has control characters.</exception>
    public static string CheckReviewer(string name)
    {
        var trimmed = name.Trim();
        return trimmed.Length > 0 && IsShortLine(trimmed)
            ? trimmed
            : throw UserErrorException.Usage(
                $"A reviewer's name has 1 to {MaxReviewerLength} characters, without line breaks (got '{UserText.Shortened(name)}').");
    }

    /// <summary>What contradicts the report or itself, as the end of a sentence; null for nothing.</summary>
    /// <param name="report">The report.</param>
    /// <param name="given">The labels in question.</param>
    internal string? Failure(LabelReportInfo report, IReadOnlyList<int> given) => this switch
    {
        _ when Labels != report.LabelsSha256 =>
            "is about other labels than the report: that was written again, from other labels",
        _ when Index < 0 || Index >= report.Examples =>
            $"is about example {Index}, which does not exist: the report has examples 0 to {report.Examples - 1}",
        { Label: { } label } when label < 0 || label >= report.Classes.Count =>
            $"has label {label}, which is no class: the classes are 0 to {report.Classes.Count - 1}",
        { Decision: DecisionKind.Undo, Undone: null } => "takes back no decision",
        { Decision: DecisionKind.Accept or DecisionKind.Keep or DecisionKind.Other, Label: null } => "has no label",
        { Decision: DecisionKind.Unsure, Label: not null } => "has a label, and is unsure",
        { Decision: DecisionKind.Keep } when Label != given[Index] => $"keeps label {Label}, and the given one is {given[Index]}",
        _ when string.IsNullOrWhiteSpace(Reviewer) || Sequence < 1 => "has no reviewer or no number",
        _ when !IsShortLine(Reviewer) => "has a reviewer's name that is too long or has line breaks",
        _ => null,
    };

    private static bool IsShortLine(string name) => name.Length <= MaxReviewerLength && !name.Any(char.IsControl);
}
