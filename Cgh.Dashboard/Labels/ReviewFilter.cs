using System.Globalization;
using Cgh.Core.LabelQuality;

namespace Cgh.Dashboard.Labels;

/// <summary>Which suspects a page shows, from its query string. What cannot be read there filters nothing.</summary>
/// <param name="Pair">Class indices of the given and the suggested label; null for all.</param>
/// <param name="Kind">What the image looks like; null for all.</param>
/// <param name="MinScore">Smallest score; null for no limit.</param>
/// <param name="MaxScore">Largest score; null for no limit.</param>
/// <param name="Show">One of <see cref="States"/>; null for all.</param>
public sealed record ReviewFilter((int Given, int Suggested)? Pair, SuspectKind? Kind, double? MinScore, double? MaxScore, string? Show)
{
    public const string Undecided = "undecided";
    public const string UndecidedByMe = "undecided-by-me";
    public const string Disputed = "disputed";
    public const string Decided = "decided";

    public const string OtherClass = "other-class";
    public const string Rare = "rare";

    /// <summary>The values of <see cref="Show"/>, with how pages name them.</summary>
    public static IReadOnlyList<(string Value, string Text)> States { get; } =
        [(Undecided, "Undecided"), (UndecidedByMe, "Undecided by you"), (Disputed, "Disputed"), (Decided, "Decided")];

    /// <summary>The kinds, with how pages name them.</summary>
    public static IReadOnlyList<(string Value, SuspectKind Kind, string Text)> Kinds { get; } =
        [(OtherClass, SuspectKind.OtherClass, "Looks like another class"), (Rare, SuspectKind.Rare, "Looks like nothing else")];

    public static ReviewFilter Parse(string? pair, string? kind, string? min, string? max, string? show) => new(
        (pair ?? "").Split('-') is [var given, var suggested]
            && int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && int.TryParse(suggested, NumberStyles.None, CultureInfo.InvariantCulture, out var to) ? (from, to) : null,
        Kinds.Where(known => known.Value == kind).Select(known => (SuspectKind?)known.Kind).FirstOrDefault(),
        Number(min),
        Number(max),
        States.Any(state => state.Value == show) ? show : null);

    /// <summary>A pair as the query string has it.</summary>
    public static string PairText(int given, int suggested) => string.Create(CultureInfo.InvariantCulture, $"{given}-{suggested}");

    /// <param name="suspect">The suspect.</param>
    /// <param name="verdict">What its reviewers say together.</param>
    /// <param name="reviewer">Who looks at the page; null before that is known.</param>
    public bool Matches(LabelFinding suspect, LabelVerdict verdict, string? reviewer) =>
        (Pair is not var (given, suggested) || (suspect.Given == given && suspect.Suggested == suggested))
        && (Kind is not { } kind || suspect.Kind == kind)
        && !(suspect.Score < MinScore) && !(suspect.Score > MaxScore)
        && Show switch
        {
            Undecided => verdict.State == VerdictState.Undecided,
            UndecidedByMe => verdict.Decisions.All(decision => decision.Reviewer != reviewer),
            Disputed => verdict.State == VerdictState.Disputed,
            Decided => verdict.State is VerdictState.Decided or VerdictState.Unsure,
            _ => true,
        };

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
