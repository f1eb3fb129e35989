using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Charts;

public sealed class PaletteTests
{
    private static readonly Recipe s_seeds = Samples.Recipe with
    {
        Runs = [.. Enumerable.Range(0, 10).Select(index => new RunSpec { Name = $"run-{index}", Rule = RuleChoice.Parse(index % 2 == 0 ? "m3" : "sgd") })],
    };

    [Theory]
    [InlineData(0, "m3", 0)]
    [InlineData(1, "sgd", 0)]
    [InlineData(4, "m3", 2)]
    [InlineData(7, "sgd", 3)]
    [InlineData(8, "m3", 0)]
    public void Of_Run_IsByItsRuleAndThePlaceAmongRunsOfThatRule(int index, string rule, int shade) =>
        Assert.Equal(new LineLook(RunColors.Hue(RuleChoice.Parse(rule)), shade), Palette.Of(s_seeds, s_seeds.Runs[index]));

    [Fact]
    public void Of_WindowsOfTwoLengths_ShareAHueAndDifferInShade()
    {
        var recipe = Samples.Recipe with
        {
            Runs = [.. new[] { 5, 7 }.Select(window => new RunSpec { Name = $"median-{window}", Rule = new RuleChoice("median", window) })],
        };

        Assert.Equal(
            [new LineLook(RunColors.Hue(RuleChoice.Parse("median:5")), 0), new LineLook(RunColors.Hue(RuleChoice.Parse("median:5")), 1)],
            recipe.Runs.Select(run => Palette.Of(recipe, run)));
    }

    [Fact]
    public void OfSet_EvaluationSets_AreApartFromTheRulesOfThePaper()
    {
        var sets = Curves.EvaluationSetsIn(Curves.Known).Select(Palette.OfSet).ToArray();

        Assert.Equal(sets.Distinct(), sets);
        Assert.DoesNotContain(sets, set => new[] { "sgd", "ra3", "rm3", "m3" }.Any(rule => RunColors.Hue(RuleChoice.Parse(rule)) == set.Hue));
    }

    [Fact]
    public void Css_EveryLook_HasAColourOnLightAndOnDark()
    {
        var look = Palette.Of(s_seeds, s_seeds.Runs[3]);

        Assert.Contains($"{look.Variable}: {RunColors.OnLight(look.Hue, look.Shade)};", Palette.Css, StringComparison.Ordinal);
        Assert.Contains($"{look.Variable}: {RunColors.OnDark(look.Hue, look.Shade)};", Palette.Css, StringComparison.Ordinal);
        Assert.Equal(2 * RunColors.Hues * RunColors.Shades, Palette.Css.Split("--line-").Length - 1);
    }
}
