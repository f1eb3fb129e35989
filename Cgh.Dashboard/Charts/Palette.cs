using Cgh.Core.Experiments;

namespace Cgh.Dashboard.Charts;

/// <summary>
/// Colours of lines by index: those of Okabe and Ito, which colour-blind people tell apart, as variables of app.css so that they suit
/// light and dark. Each has its own dash, so that lines on top of each other are seen and print in grey.
/// </summary>
internal static class Palette
{
    private const int Slots = 8;

    // The same patterns, in the same order, are plotly's names in charts.js.
    private static readonly string[] s_dashes = ["", "8 4", "2 3", "8 3 2 3"];

    public static int Slot(int color) => color % Slots;

    public static string Dash(int color) => s_dashes[color % s_dashes.Length];

    /// <summary>A run's colour is its place in the recipe, on every page.</summary>
    public static int Of(Recipe recipe, string run) =>
        Math.Max(0, recipe.Runs.TakeWhile(spec => spec.Name != run).Count() is var at && at < recipe.Runs.Count ? at : 0);
}
