using System.Globalization;
using Cgh.Core.UpdateRules;

namespace Cgh.Core.Runs;

/// <summary>
/// Line colours of runs, for pages and reports: a hue for each update rule (<see cref="RuleLook.Color"/>), and a lighter shade for each further
/// run of the same rule.
/// </summary>
public static class RunColors
{
    /// <summary>Number of shades of a hue. Further runs of a rule start again with the first.</summary>
    public const int Shades = 4;

    // Colours of the evaluation sets of a run. No chart shows them together with rules; they still differ from those of the paper's rules.
    private static readonly LineColor[] s_sets =
    [
        new("#b97d00", "#f0b93a"),
        new("#2a8fd0", "#9cc9f5"),
        new("#7a4f2b", "#cf9f76"),
        RuleLook.Default.Color,
        new("#6b7d1f", "#b9cc5a"),
    ];

    // Share of white in each shade.
    private static readonly double[] s_white = [0, 0.25, 0.45, 0.6];

    /// <summary>Number of hues: those of the rules, then those of the evaluation sets that no rule has.</summary>
    public static int Hues => Colors().Count;

    /// <summary>The rule's hue, 0 to <see cref="Hues"/> - 1.</summary>
    public static int Hue(RuleChoice rule) => Colors().IndexOf(rule.Kind.Look.Color);

    /// <summary>The hue of an evaluation set, 0 to <see cref="Hues"/> - 1.</summary>
    /// <param name="set">One of <see cref="Curves.EvaluationSets"/>, or <see cref="Curves.OriginalTest"/>.</param>
    public static int HueOfSet(string set) => Colors().IndexOf(s_sets[Curves.EvaluationSets.TakeWhile(other => other != set).Count()]);

    /// <summary>The shade of a run with this many earlier runs of its rule in the recipe, 0 to <see cref="Shades"/> - 1.</summary>
    public static int Shade(int earlier) => earlier % Shades;

    /// <summary>The colour for a white background, <c>#rrggbb</c>.</summary>
    public static string OnLight(int hue, int shade) => Mix(Colors()[hue].OnLight, s_white[shade]);

    /// <summary>The colour for a dark background, <c>#rrggbb</c>.</summary>
    public static string OnDark(int hue, int shade) => Mix(Colors()[hue].OnDark, s_white[shade]);

    private static List<LineColor> Colors() => [.. UpdateRuleCatalog.All.Select(rule => rule.Look.Color).Concat(s_sets).Distinct()];

    private static string Mix(string color, double white)
    {
        var parts = Convert.FromHexString(color.AsSpan(1))
            .Select(part => (int)Math.Round(part + ((255 - part) * white), MidpointRounding.AwayFromZero))
            .ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"#{parts[0]:x2}{parts[1]:x2}{parts[2]:x2}");
    }
}
