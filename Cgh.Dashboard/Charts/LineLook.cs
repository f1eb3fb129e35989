using Cgh.Core.Runs;

namespace Cgh.Dashboard.Charts;

/// <summary>Colour and dash of a line, as <see cref="RunColors"/> numbers them. Dashes distinguish overlapping lines and greyscale prints.</summary>
public readonly record struct LineLook(int Hue, int Shade = 0)
{
    // Must match the order of plotly's dash names in charts.js.
    private static readonly string[] s_dashes = ["", "8 4", "2 3", "8 3 2 3"];

    /// <summary>CSS variable of the colour, defined in <see cref="Palette.Css"/>.</summary>
    public string Variable => $"--line-{Hue}-{Shade}";

    /// <summary>Index of the dash in charts.js.</summary>
    public int Dash => Hue % s_dashes.Length;

    /// <summary>The SVG stroke-dasharray.</summary>
    public string DashArray => s_dashes[Dash];
}
