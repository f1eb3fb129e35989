using System.Globalization;

namespace Cgh.Core.Runs;

/// <summary>
/// Colours of the lines that stand for runs, on the pages and in the report's pictures alike: a hue for each update rule, and each
/// further run of a rule lighter than the one before it. The hues are those of Okabe and Ito ("Color Universal Design", 2008), which
/// people with any of the colour vision deficiencies tell apart; those that do not show on white or on a dark page are adapted to it.
/// </summary>
public static class RunColors
{
    /// <summary>Runs of one rule that differ in colour; the one after them begins anew.</summary>
    public const int Shades = 4;

    // One for each update rule in the order of the enumeration; the last four also stand for the evaluation sets of one run.
    private static readonly (string OnLight, string OnDark)[] s_hues =
    [
        ("#0072b2", "#4db3ea"),
        ("#d55e00", "#ff8a3d"),
        ("#009e73", "#2ec79b"),
        ("#cc79a7", "#e58fc4"),
        ("#b97d00", "#f0b93a"),
        ("#2a8fd0", "#9cc9f5"),
        ("#7a4f2b", "#cf9f76"),
        ("#5d6570", "#b4bcc6"),
    ];

    // How much white is in each shade.
    private static readonly double[] s_white = [0, 0.25, 0.45, 0.6];

    public static int Hues => s_hues.Length;

    /// <summary>The rule's hue, 0 to <see cref="Hues"/> - 1.</summary>
    public static int Hue(UpdateRule rule) => (int)rule % Hues;

    /// <summary>The shade of a run that has so many of its rule before it in the recipe, 0 to <see cref="Shades"/> - 1.</summary>
    public static int Shade(int earlier) => earlier % Shades;

    /// <summary>The colour for a white background, <c>#rrggbb</c>.</summary>
    public static string OnLight(int hue, int shade) => Mix(s_hues[hue].OnLight, s_white[shade]);

    /// <summary>The colour for a dark background, <c>#rrggbb</c>.</summary>
    public static string OnDark(int hue, int shade) => Mix(s_hues[hue].OnDark, s_white[shade]);

    private static string Mix(string color, double white)
    {
        var parts = Convert.FromHexString(color.AsSpan(1)).Select(part => (int)Math.Round(part + ((255 - part) * white), MidpointRounding.AwayFromZero)).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"#{parts[0]:x2}{parts[1]:x2}{parts[2]:x2}");
    }
}
