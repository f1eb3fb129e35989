using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class CghJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ParseStrict_CommentsAndTrailingComma_ReadsStringsAndNumbers()
    {
        var spec = CghJson.ParseStrict<RunSpec>(
            """{ "name": "a", "rule": "rm3", "schedule": "step", "learningRate": 0.04, /* why */ "seed": 7, }""",
            "spec.json");

        Assert.Equal(new RunSpec { Name = "a", Rule = RuleChoice.Parse("rm3"), Schedule = Schedule.Step, LearningRate = 0.04, Seed = 7 }, spec);
    }

    [Theory]
    [InlineData("""{ "lerningRate": 1 }""", "spec.json: unknown key 'lerningRate'. Did you mean 'learningRate'?")]
    [InlineData("""{ "rule": "rm4" }""", "spec.json: unknown rule 'rm4'. Did you mean 'rm3'?")]
    [InlineData("""{ "schedule": "exponential" }""", "spec.json: unknown schedule 'exponential'. Expected one of: cosine, step.")]
    [InlineData("null", "spec.json contains only null; expected an object.")]
    public void ParseStrict_UnknownName_NamesItAndTheNearest(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<RunSpec>(text, "spec.json"));

        Assert.Equal(expected, error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [InlineData("{ \"epochs\": 3,\n \"seed\" 7 }", "spec.json in line 2: ")]
    [InlineData("", "spec.json in line 1: ")]
    public void ParseStrict_InvalidJson_NamesTheLineInOneLine(string text, string start)
    {
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<RunSpec>(text, "spec.json"));

        Assert.StartsWith(start, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        // JsonException counts lines from 0, which would contradict the line named above.
        Assert.DoesNotContain("LineNumber", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [InlineData("""{ "epochs": "many" }""", "spec.json: epochs must be an integer of at most 2147483647 (it is \"many\").")]
    [InlineData("""{ "epochs": 1.5 }""", "spec.json: epochs must be an integer of at most 2147483647 (it is 1.5).")]
    [InlineData("""{ "seed": -1 }""", "spec.json: seed must be an integer from 0 to 4294967295 (it is -1).")]
    [InlineData("""{ "learningRate": true }""", "spec.json: learningRate must be a number (it is true).")]
    [InlineData("""{ "learningRate": "0.1" }""", "spec.json: learningRate must be a number (it is \"0.1\").")]
    [InlineData("""{ "name": 7 }""", "spec.json: name must be a string (it is 7).")]
    [InlineData("""{ "rule": [] }""", "spec.json: rule must be a string (it is a list).")]
    [InlineData("[]", "spec.json: the file must be an object (it is a list).")]
    public void ParseStrict_WrongType_NamesTheExpectedTypeAndTheValue(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<RunSpec>(text, "spec.json"));

        Assert.Equal(expected, error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void LoadStrict_FileMissing_NamesIt()
    {
        var path = _folder["none.json"];

        var error = Assert.Throws<UserErrorException>(() => CghJson.LoadStrict<RunSpec>(path));

        Assert.StartsWith($"Cannot read {path}: ", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [InlineData("""{ "rule": "sgd", "Rule": "m3" }""", "spec.json: 'rule' and 'Rule' are the same key. Remove one of the two.")]
    [InlineData("""{ "SEED": 1, "name": "a", "seed": 2 }""", "spec.json: 'SEED' and 'seed' are the same key. Remove one of the two.")]
    public void ParseStrict_KeysThatDifferOnlyInCase_NamesBoth(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<RunSpec>(text, "spec.json"));

        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public void ParseStrict_KeysOfAnElementThatDifferOnlyInCase_NamesTheElement()
    {
        var error = Assert.Throws<UserErrorException>(() => CghJson.ParseStrict<Recipe>("""{ "runs": [ { "rule": "sgd", "RULE": "m3" } ] }""", "r.json"));

        Assert.Equal("r.json: 'rule' and 'RULE' in runs[0] are the same key. Remove one of the two.", error.Message);
    }

    [Theory]
    [InlineData("""{ "name": "a", "name": "b" }""", "name")]
    [InlineData("""{ "name": "a", "Name": "b" }""", "name")]
    public void Load_KeyAppearsTwice_IsNotReadable(string text, string key)
    {
        var path = WriteFile("run.json", text);

        var error = Assert.Throws<UserErrorException>(() => CghJson.Load<RunSpec>(path));

        Assert.Equal($"{path} is not readable: Duplicate property '{key}'. Restore or recreate it.", error.Message);
    }

    [Fact]
    public void Load_TruncatedFile_IsNotReadable()
    {
        var path = WriteFile("run.json", """{ "name": "a", """);

        var error = Assert.Throws<UserErrorException>(() => CghJson.Load<RunSpec>(path));

        Assert.StartsWith($"{path} is not readable: ", error.Message);
        Assert.EndsWith(" Restore or recreate it.", error.Message);
        Assert.Equal(1, error.ExitCode);
    }

    [Fact]
    public void Load_UnknownKeyOfANewerVersion_IsIgnored()
    {
        var path = WriteFile("run.json", """{ "name": "a", "someday": 1 }""");

        Assert.Equal(new RunSpec { Name = "a" }, CghJson.Load<RunSpec>(path));
    }

    [Fact]
    public void Save_SpecWithNaNAndInfinity_RoundTrips()
    {
        var path = _folder["spec.json"];
        var spec = new RunSpec
        {
            Name = "a",
            Rule = RuleChoice.Parse("m3"),
            LearningRate = double.NaN,
            StepFactor = double.PositiveInfinity,
            WeightDecay = 1e-4,
        };

        CghJson.Save(path, spec);

        Assert.Equal(spec, CghJson.Load<RunSpec>(path));
        Assert.EndsWith("}\n", File.ReadAllText(path));
    }

    private string WriteFile(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }
}
