using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RunColorsTests
{
    private static readonly string[] s_light = [.. All(RunColors.OnLight)];
    private static readonly string[] s_dark = [.. All(RunColors.OnDark)];

    [Fact]
    public void Hue_EveryRule_IsDistinct()
    {
        var hues = UpdateRuleCatalog.All.Select(rule => RunColors.Hue(new RuleChoice(rule.Name))).ToArray();

        Assert.Equal(hues.Distinct(), hues);
        Assert.All(hues, hue => Assert.InRange(hue, 0, RunColors.Hues - 1));
    }

    [Fact]
    public void Colour_EveryHueAndShade_IsDistinct()
    {
        Assert.Equal(RunColors.Hues * RunColors.Shades, s_light.Distinct().Count());
        Assert.Equal(RunColors.Hues * RunColors.Shades, s_dark.Distinct().Count());
        Assert.All(s_light.Concat(s_dark), color => Assert.Matches("^#[0-9a-f]{6}$", color));
    }

    [Fact]
    public void OnLight_FirstShade_IsTheHueAndOthersAreMixedWithWhite()
    {
        Assert.Equal("#0072b2", RunColors.OnLight(RunColors.Hue(RuleChoice.Parse("sgd")), 0));
        Assert.Equal("#4095c5", RunColors.OnLight(RunColors.Hue(RuleChoice.Parse("sgd")), 1));
        Assert.Equal("#99c7e0", RunColors.OnLight(RunColors.Hue(RuleChoice.Parse("sgd")), 3));
    }

    [Fact]
    public void Shade_MoreRunsThanShades_StartsOver() => Assert.Equal([0, 1, 2, 3, 0], Enumerable.Range(0, 5).Select(RunColors.Shade));

    // WCAG 2.2, 1.4.11 requires a contrast of 3 for lines. #212529 is Bootstrap's dark background.
    [Fact]
    public void FirstShade_OnItsBackground_HasAContrastOf3()
    {
        for (var hue = 0; hue < RunColors.Hues; hue++)
        {
            Assert.True(Contrast(RunColors.OnLight(hue, 0), "#ffffff") >= 3, $"{RunColors.OnLight(hue, 0)} on white");
            Assert.True(Contrast(RunColors.OnDark(hue, 0), "#212529") >= 3, $"{RunColors.OnDark(hue, 0)} on dark");
        }
    }

    private static IEnumerable<string> All(Func<int, int, string> color) =>
        Enumerable.Range(0, RunColors.Hues).SelectMany(hue => Enumerable.Range(0, RunColors.Shades).Select(shade => color(hue, shade)));

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color)
    {
        var linear = Convert.FromHexString(color.AsSpan(1))
            .Select(part => part / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))
            .ToArray();
        return (0.2126 * linear[0]) + (0.7152 * linear[1]) + (0.0722 * linear[2]);
    }
}
