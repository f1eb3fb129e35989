using System.Text.RegularExpressions;
using Cgh.Core.Models;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class UpdateRuleCatalogTests
{
    /// <summary>Every table of rules in the docs, with what it is made of.</summary>
    public static TheoryData<string, string> Tables { get; } = new()
    {
        { "README.md", UpdateRuleCatalog.Table("replaces the mini-batch gradient with", rule => rule.Help) },
        {
            "docs/update-rules.md",
            UpdateRuleCatalog.Table("estimate", rule => rule.Ranges.Length == 0 ? rule.Definition : $"{rule.Definition} ({rule.Ranges})")
        },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_InTheDocs_IsTheCatalogs(string file, string table)
    {
        var text = File.ReadAllText(Path.Combine(Repository(), file)).ReplaceLineEndings("\n");

        Assert.True(text.Contains($"\n{table}\n", StringComparison.Ordinal), $"{file} has another table of rules. Replace it with:\n{table}");
    }

    [Fact]
    public void RecipeKeys_InTheDocs_NameTheRulesThatTheyApplyTo()
    {
        var text = File.ReadAllText(Path.Combine(Repository(), "docs", "recipe-keys.md"));
        var grouped = UpdateRuleCatalog.All.Where(rule => rule.Parameters.Count == 0)
            .Select(rule => (rule.Name, new RuleChoice(rule.Name).Groups))
            .Where(rule => rule.Groups > 1)
            .Select(rule => $"{2 * rule.Groups} with `{rule.Name}`");

        Assert.Contains($"| `momentum` | 0 | {Named(rule => rule.TakesMomentum)} only;", text, StringComparison.Ordinal);
        Assert.Contains($"| `median` | `exact` | {Named(rule => rule.HasAuthorsMedian)} only:", text, StringComparison.Ordinal);
        Assert.Contains($"for each group that the rule splits it into ({string.Join(", ", grouped)}) |", text, StringComparison.Ordinal);
        Assert.Contains($"| `auxiliaryLogits` | false | `{string.Join("`, `", ModelCatalog.WithAuxiliaryHead)}` only:", text, StringComparison.Ordinal);

        static string Named(Func<UpdateRule, bool> condition) => UserText.Join([.. UpdateRuleCatalog.Forms(condition).Select(form => $"`{form}`")]);
    }

    [Fact]
    public void Table_OfModelsInTheDocs_HasEachWithItsSides()
    {
        var text = File.ReadAllText(Path.Combine(Repository(), "docs", "models.md"));

        foreach (var model in ModelCatalog.All)
        {
            Assert.Matches($@"\| `{Regex.Escape(model.Name)}` \| [\d,]+ \| {model.UsualSide} \| {model.SmallestSide} \|", text);
            Assert.Equal(model.HasAuxiliaryHead, Regex.IsMatch(
                text, $@"\| `{Regex.Escape(model.Name)}` with `auxiliaryLogits` \| [\d,]+ \| {model.UsualSide} \| {model.SmallestSideOf(true)} \|"));
        }
    }

    [Fact]
    public void Forms_OfTheFirstRules_AreWhatRecipesHaveWritten() =>
        Assert.Equal(["sgd", "ra3", "rm3", "m3", "median:K", "trimmed:K:T"], UpdateRuleCatalog.Forms(_ => true).Take(6));

    [Fact]
    public void Entries_OfRules_AreWrittenAsTheyShouldBe() => Assert.All(UpdateRuleCatalog.All, rule =>
    {
        Assert.Matches("^[a-z][a-z0-9-]*$", rule.Name);
        Assert.Matches("^[a-z].*[^.]$", rule.Summary);
        Assert.DoesNotContain('`', rule.Summary);
        Assert.Matches("[^.]$", rule.Definition);
        Assert.NotEmpty(rule.Source);
        Assert.Equal(rule.Parameters.Select(parameter => parameter.Letter).Distinct(), rule.Parameters.Select(parameter => parameter.Letter));
        Assert.NotEqual(RuleLook.Default, rule.Look);
        Assert.True(rule.Control is null || RuleChoice.TryParse(rule.Control.Of, out _));
    });

    // A name is found whatever its case; of two entries, the second would never be.
    [Fact]
    public void Names_OfRulesAndModels_AreUnique()
    {
        Assert.Distinct(UpdateRuleCatalog.All.Select(rule => rule.Name), StringComparer.OrdinalIgnoreCase);
        Assert.Distinct(ModelCatalog.Names, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void Markers_OfRules_AreTheirOwn()
    {
        var markers = UpdateRuleCatalog.All.Select(rule => rule.Look).Append(RuleLook.Default).Select(look => look.Marker).ToArray();

        Assert.Equal(markers.Distinct(), markers);
    }

    [Theory]
    [InlineData("sgd", false)]
    [InlineData("ra3", false)]
    [InlineData("rm3", true)]
    [InlineData("m3", true)]
    [InlineData("median:5", true)]
    [InlineData("trimmed:5:0", false)]
    [InlineData("trimmed:5:1", true)]
    public void IsRobust_Rule_IsWhetherItLeavesOutWhatOneGradientHas(string rule, bool expected) => Assert.Equal(expected, RuleChoice.Parse(rule).IsRobust);

    [Theory]
    [InlineData("trimmed", "trimmed:K:T", "K odd, from 3 to 9; 2T below K")]
    [InlineData("median", "median:K", "K odd, from 3 to 9")]
    [InlineData("rm3", "rm3", "")]
    public void Form_AndRanges_AreThoseOfTheParameters(string name, string form, string ranges)
    {
        var rule = UpdateRuleCatalog.Find(name)!;

        Assert.Equal((form, ranges), (rule.Form, rule.Ranges));
    }

    [Fact]
    public void UsualSides_OfTheModels_BeginWithTheMostCommon() =>
        Assert.StartsWith("224; 299 for inception-v3, 32 for resnet-small and vgg-small, 28 for mlp", ModelCatalog.UsualSides, StringComparison.Ordinal);

    [Fact]
    public void Failures_WrongCountOfNumbers_SayHowItIsWritten() =>
        Assert.Equal(
            ["rule median:5:1: it is written median:K."],
            RunSpecRules.Failures(new RunSpec { Name = "run", Dataset = "demo", Rule = new RuleChoice("median", 5, 1) }));

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Cgh.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("These tests run within the repository.");
        }

        return folder;
    }
}
