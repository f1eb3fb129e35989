using System.Text.Json;
using System.Text.Json.Nodes;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

/// <summary>Reads specs and recipes with extreme values and random damage. Each must be accepted or rejected in lines that a person can read.</summary>
public sealed class SpecFuzzTests : IDisposable
{
    private const int MaxMessageLength = 20_100;

    private static readonly string[] s_values =
    [
        "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "0", "-1", "1", "2", "1e-400", "5e-324", "0.1", "-5e-324", "1e300", "-1e300", "1e400",
        "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "9223372036854775807", "1e9",
        "null", "true", "\"\"", "\"1\"", "[]", "{}", "[null]", "\"\\ud800\"", "\"a\\u0000b\"",
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> SpecKeys { get; } = [.. Keys(typeof(RunSpec))];

    public static TheoryData<string> RecipeKeys { get; } =
    [
        "priority", "name", "description", "dataset", "labels", "defaults", "runs", "rates",
        .. Keys(typeof(DatasetRequest)).Select(key => $"dataset.{key}"),
        .. Keys(typeof(DemoImages)).Select(key => $"dataset.demo.{key}"),
        .. Keys(typeof(DatasetCounts)).Select(key => $"dataset.counts.{key}"),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(SpecKeys))]
    public void ParseStrict_ExtremeValue_IsAcceptedOrRejectedInReadableLines(string key)
    {
        foreach (var value in s_values)
        {
            var json = $$"""{ "name": "a", "dataset": "d", "{{key}}": {{value}} }""";
            if (Rejection(() => RunSpecRules.Check(CghJson.ParseStrict<RunSpec>(json, "spec"), "spec")) is { } message)
            {
                AssertReadable(message, "spec");
            }
            else
            {
                // What is accepted can be written and read again.
                var spec = CghJson.ParseStrict<RunSpec>(json, "spec");
                Assert.Equal(spec, JsonSerializer.Deserialize<RunSpec>(JsonSerializer.Serialize(spec, CghJson.Line), CghJson.Line));
                Assert.InRange(TimeSpan.FromMinutes(spec.CheckpointMinutes), TimeSpan.Zero, TimeSpan.MaxValue);
            }
        }
    }

    [Theory]
    [MemberData(nameof(RecipeKeys))]
    public void Load_ExtremeValue_IsAcceptedOrRejectedInReadableLines(string key)
    {
        foreach (var value in s_values)
        {
            var recipe = JsonNode.Parse("""{ "dataset": { "name": "d" }, "defaults": { "model": "mlp", "batchSize": 2 }, "runs": [ { "name": "a" } ] }""")!;
            var path = key.Split('.');
            var parent = path[..^1].Aggregate(recipe, (node, name) => node[name] ??= new JsonObject());
            parent[path[^1]] = "VALUE";
            File.WriteAllText(_folder["recipe.json"], recipe.ToJsonString().Replace("\"VALUE\"", value, StringComparison.Ordinal));

            if (Rejection(() => Recipe.Load(_folder["recipe.json"])) is { } message)
            {
                AssertReadable(message, _folder["recipe.json"]);
            }
        }
    }

    [Theory]
    [InlineData(41)]
    [InlineData(42)]
    public void Load_RecipeDamagedAtRandom_IsAcceptedOrRejectedInReadableLines(int seed)
    {
        var good = """
            {
              "name": "r", "dataset": { "name": "d", "demo": { "classes": 3, "train": 30, "test": 9, "side": 8, "noise": 0.5 } },
              "labels": [ { "name": "half", "fraction": 0.5, "seed": 3 } ], "rates": [ { "device": "cpu", "imagesPerSecond": 100.5 } ],
              "defaults": { "epochs": 5, "batchSize": 6, "model": "resnet-small", "labels": "half", "learningRate": 0.1 },
              "runs": [ { "name": "a-{seed}", "rule": "median:3", "seeds": [0, 1] }, { "name": "s", "derive": { "from": "a-0", "train": 3, "test": 3 } },
                { "name": "t", "dataset": "s/easy", "batchSize": 2, "labels": "original" } ]
            }
            """u8.ToArray();
        var random = new Random(seed);
        var rejected = 0;
        for (var round = 0; round < 1_000; round++)
        {
            var bytes = good.ToList();
            for (var times = random.Next(0, 3); times >= 0; times--)
            {
                ByteDamage.Apply(bytes, random.Next(bytes.Count), random.Next(ByteDamage.Kinds), random);
            }

            File.WriteAllBytes(_folder["recipe.json"], [.. bytes]);
            if (Rejection(() => Recipe.Load(_folder["recipe.json"])) is { } message)
            {
                rejected++;
                AssertReadable(message, _folder["recipe.json"]);
            }
        }

        Assert.InRange(rejected, 300, 999);
    }

    [Theory]
    [InlineData("""{ "LONG": 1, "name": "a", "dataset": "d" }""", "spec: unknown key 'xxx")]
    [InlineData("""{ "name": "LONG", "dataset": "d" }""", "spec: name must be letters, digits, '.', '-' and '_' (it is 'xxx")]
    [InlineData("""{ "name": "a", "dataset": "d", "model": "LONG" }""", "spec: unknown model 'xxx")]
    [InlineData("""{ "name": "a", "dataset": "d", "rule": "LONG" }""", "spec: unknown rule 'xxx")]
    [InlineData("""{ "name": "a", "dataset": "d", "schedule": "LONG" }""", "spec: unknown schedule 'xxx")]
    [InlineData("""{ "name": "a", "dataset": "d", "epochs": "LONG" }""", "spec: epochs must be an integer of at most 2147483647 (it is too long to show).")]
    public void ParseStrict_VeryLongText_ShowsItsBeginning(string json, string expected)
    {
        json = json.Replace("LONG", new string('x', 5_000_000), StringComparison.Ordinal);

        var message = Rejection(() => RunSpecRules.Check(CghJson.ParseStrict<RunSpec>(json, "spec"), "spec"));

        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.InRange(message!.Length, 20, 1000);
    }

    [Theory]
    [InlineData("""{ "name": "\ud800" }""", "spec: name has half of a surrogate pair, such as \\ud800, which is not a character. Remove it.")]
    [InlineData("""{ "\ud800": 1 }""", "spec: a key has half of a surrogate pair, such as \\ud800, which is not a character. Remove it.")]
    [InlineData(
        """{ "derive": { "\udc00": 1 } }""", "spec: a key of derive has half of a surrogate pair, such as \\ud800, which is not a character. Remove it.")]
    [InlineData("""{ "dataset": "a\u0000b" }""", "spec: dataset has a NUL character (\\u0000). Remove it.")]
    [InlineData(
        """{ "checkpointMinutes": 1e300, "name": "a", "dataset": "d" }""", "spec: checkpointMinutes must be at most 1000000 (it is 1E+300).")]
    public void ParseStrict_TextOrNumberThatFailsLater_IsRejected(string json, string expected) =>
        Assert.Equal(expected, Rejection(() => RunSpecRules.Check(CghJson.ParseStrict<RunSpec>(json, "spec"), "spec")));

    private static IEnumerable<string> Keys(Type type) =>
        CghJson.File.GetTypeInfo(type).Properties.Where(property => property.Get is not null).Select(property => property.Name);

    private static string? Rejection(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
    }

    private static void AssertReadable(string message, string origin)
    {
        Assert.InRange(message.Length, 10, MaxMessageLength);
        Assert.All(message.Split('\n'), line =>
        {
            Assert.StartsWith(origin, line, StringComparison.Ordinal);
            Assert.DoesNotContain(line, char.IsControl);
        });
    }
}
