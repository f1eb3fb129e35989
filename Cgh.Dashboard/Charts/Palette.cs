using System.Text;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;

namespace Cgh.Dashboard.Charts;

/// <summary>Maps <see cref="RunColors"/> to CSS.</summary>
internal static class Palette
{
    /// <summary>URL of <see cref="Css"/>.</summary>
    public const string Address = "css/lines.css";

    /// <summary>Every colour as a CSS variable, for the light and the dark theme.</summary>
    public static string Css => Rule(":root, [data-bs-theme=light]", RunColors.OnLight) + Rule("[data-bs-theme=dark]", RunColors.OnDark);

    /// <summary>The style of a run, the same on every page and in the report: by its rule, and by its position among the recipe's runs of that rule.</summary>
    public static LineLook Of(Recipe recipe, RunSpec run) => new(
        RunColors.Hue(run.Rule),
        RunColors.Shade(recipe.Runs.TakeWhile(spec => spec.Name != run.Name).Count(spec => spec.Derive is null && spec.Rule.Name == run.Rule.Name)));

    /// <summary>The style of an evaluation set, in hues that no rule of the paper uses.</summary>
    public static LineLook OfSet(string curve) => new(RunColors.HueOfSet(curve));

    private static string Rule(string selector, Func<int, int, string> color)
    {
        var css = new StringBuilder($"{selector} {{\n");
        for (var hue = 0; hue < RunColors.Hues; hue++)
        {
            for (var shade = 0; shade < RunColors.Shades; shade++)
            {
                css.Append($"  {new LineLook(hue, shade).Variable}: {color(hue, shade)};\n");
            }
        }

        return css.Append("}\n").ToString();
    }
}
