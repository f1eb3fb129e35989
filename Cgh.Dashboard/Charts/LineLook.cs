using Cgh.Core.Runs;

namespace Cgh.Dashboard.Charts;

/// <summary>Colour and dash of a line, as <see cref="RunColors"/> numbers them. Dashes tell hues apart where lines lie on top of each other or are printed in grey.</summary>
public readonly record struct LineLook(int Hue, int Shade = 0)
{
    // The same patterns, in the same order, are plotly's names in charts.js.
    private static readonly string[] s_dashes = ["", "8 4", "2 3", "8 3 2 3"];

    /// <summary>The colour's variable in <see cref="Palette.Css"/>.</summary>
    public string Variable => $"--line-{Hue}-{Shade}";

    /// <summary>Index of the dash in charts.js.</summary>
    public int Dash => Hue % s_dashes.Length;

    /// <summary>The dash as SVG writes it.</summary>
    public string DashArray => s_dashes[Dash];
}
