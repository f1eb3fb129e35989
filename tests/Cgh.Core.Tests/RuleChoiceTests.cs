using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RuleChoiceTests
{
    [Theory]
    [InlineData("sgd", "sgd")]
    [InlineData("rm3", "rm3")]
    [InlineData("median:5", "median", 5)]
    [InlineData("trimmed:9:2", "trimmed", 9, 2)]
    public void Spec_SerialisedAndParsed_HasTheRuleAsOneString(string word, string name, params int[] numbers)
    {
        var spec = new RunSpec { Rule = new RuleChoice(name, numbers) };

        var text = System.Text.Json.JsonSerializer.Serialize(spec, CghJson.Line);

        Assert.Contains($"\"rule\":\"{word}\"", text, StringComparison.Ordinal);
        Assert.Equal(spec, CghJson.ParseStrict<RunSpec>(text, "spec.json"));
        Assert.True(RuleChoice.TryParse(word.ToUpperInvariant(), out var read));
        Assert.Equal(spec.Rule, read);
    }

    [Theory]
    [InlineData("median", "unknown rule 'median'. Did you mean 'median:K'?")]
    [InlineData("median:five", "unknown rule 'median:five'. Did you mean 'median:K'?")]
    [InlineData("median:-5", "unknown rule 'median:-5'. Did you mean 'median:K'?")]
    [InlineData("trimmed:5", "unknown rule 'trimmed:5'. Did you mean 'trimmed:K:T'?")]
    [InlineData("rm3:5", "unknown rule 'rm3:5'. Did you mean 'rm3'?")]
    [InlineData("adam-with-decay", "unknown rule 'adam-with-decay'. Expected one of: RULES.")]
    public void ParseStrict_UnknownRule_NamesTheNearestForm(string word, string expected)
    {
        expected = expected.Replace("RULES", string.Join(", ", UpdateRuleCatalog.Forms(_ => true)), StringComparison.Ordinal);
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<RunSpec>($$"""{ "rule": "{{word}}" }""", "spec.json"));

        Assert.Equal("spec.json: " + expected, error.Message);
    }
}
