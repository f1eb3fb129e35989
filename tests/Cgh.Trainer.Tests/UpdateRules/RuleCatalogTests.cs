using System.Reflection;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Output;
using Cgh.Reports;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;

namespace Cgh.Trainer.Tests.UpdateRules;

/// <summary>Tests that catalog and classes match, and that a new rule needs only an entry and a class.</summary>
public sealed class RuleCatalogTests : IDisposable
{
    private static readonly HashSet<string> s_kernels =
    [
        .. typeof(ICpuKernel).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(ICpuKernel)))
            .SelectMany(type => type.GetCustomAttributes<UpdateRuleAttribute>())
            .Select(attribute => attribute.Name),
    ];

    private readonly TemporaryFolder _folder = new();

    /// <summary>Every rule with a kernel, with all values of its parameters, or the first few of an unlimited parameter.</summary>
    public static TheoryData<string> RulesWithKernel =>
    [
        .. from rule in UpdateRuleCatalog.All
           where s_kernels.Contains(rule.Name) && !rule.NeedsExampleGradients
           from numbers in rule.Parameters.Aggregate(
               Enumerable.Repeat<int[]>([], 1),
               (all, parameter) => all.SelectMany(
                   _ => Enumerable.Range(parameter.Min, Math.Min(parameter.Max - parameter.Min, 8) + 1),
                   int[] (before, number) => [.. before, number]))
           let choice = new RuleChoice(rule.Name, numbers)
           where !choice.Failures().Any()
           select choice.ToString(),
    ];

    [Fact]
    public void Check_CatalogAndClasses_Match() => RuleFactory.Check();

    [Fact]
    public void RulesWithKernel_OfTheCatalog_AreThoseOfToday() => Assert.Superset(
        new HashSet<string>(["sgd", "ra3", "rm3", "m3", "median:3", "median:9", "trimmed:3:0", "trimmed:9:4", "mom:3", "mom:11"]),
        RulesWithKernel.Select(row => row.Data).ToHashSet());

    [Fact]
    public void Check_EntryWithoutAClass_NamesTheEntry()
    {
        using var entry = UpdateRuleCatalog.Register(GroupMean.Entry);

        var error = Assert.Throws<InvalidOperationException>(RuleFactory.Check);

        Assert.Equal("No class implements update rule 'group-mean' of the catalog.", error.Message);
    }

    [Fact]
    public void Check_ClassWithoutAnEntry_NamesTheClass()
    {
        using var type = RuleFactory.Register(typeof(GroupMean));

        var error = Assert.Throws<InvalidOperationException>(RuleFactory.Check);

        Assert.Equal("A class implements update rule 'group-mean', which the catalog does not have.", error.Message);
    }

    [Fact]
    public void Implementations_DuplicateName_Throws()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            new Implementations<string>("model", () => ["a"], [KeyValuePair.Create("a", "one"), KeyValuePair.Create("a", "two")]));

        Assert.Equal("Two classes implement model 'a'.", error.Message);
    }

    [Theory]
    [MemberData(nameof(RulesWithKernel))]
    public void Move_KernelAndTorch_GiveTheSameResults(string rule)
    {
        var triples = Plain.NastyTriples(random: 500);
        var formulas = RuleChoice.Parse(rule).Kind.HasAuthorsMedian ? Enum.GetValues<MedianFormula>() : [MedianFormula.Exact];
        foreach (var formula in formulas)
        {
            foreach (var decay in new[] { 0, 0.01 })
            {
                var spec = new RunSpec
                {
                    Rule = RuleChoice.Parse(rule),
                    Median = formula,
                    WeightDecay = decay,
                    Momentum = RuleChoice.Parse(rule).Kind.TakesMomentum ? 0.9 : 0,
                };
                using var kernel = new RuleBench(spec, new float[triples.Length]);
                using var torch = new RuleBench(spec, new float[triples.Length], usesKernel: false);
                for (var step = 0; step < 12; step++)
                {
                    // In another order at each step, so that a window contains complete triples of nasty values.
                    var gradients = Enumerable.Range(0, spec.Rule.Groups)
                        .Select(group => triples.Select(triple => triple[(step + group) % 3]).ToArray())
                        .ToArray();

                    var finite = kernel.Step(0.1, gradients);

                    Assert.Equal(finite, torch.Step(0.1, gradients));

                    // Compare as numbers, as the order of -0 and +0 is unspecified.
                    var (actual, expected) = (kernel.Values, torch.Values);
                    for (var i = 0; i < triples.Length; i++)
                    {
                        Assert.True(
                            expected[i].Equals(actual[i]),
                            $"{rule}, {formula}, decay {decay}, step {step}, of {string.Join(", ", triples[i])}: {actual[i]}, Torch has {expected[i]}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Recipe_CustomRuleWithoutKernelOrMarker_IsTrainedAndReported()
    {
        using var entry = UpdateRuleCatalog.Register(GroupMean.Entry);
        using var type = RuleFactory.Register(typeof(GroupMean));
        TinyDataset.Create(_folder["tiny"]);
        File.WriteAllText(_folder["own.json"], """
            {
              "dataset": { "name": "tiny" },
              "defaults": { "model": "resnet-small", "labels": "noisy", "epochs": 2, "batchSize": 10, "learningRate": 0.05, "threads": 1, "device": "cpu" },
              "runs": [{ "name": "sgd" }, { "name": "own", "rule": "group-mean:2" }, { "name": "again", "rule": "group-mean:2", "seed": 1 }]
            }
            """);

        var recipe = Recipe.Load(_folder["own.json"]);
        var folder = new ExperimentFolder(Directory.CreateDirectory(_folder["own-20260101-000000"]).FullName);
        CghJson.Save(folder.Record, new ExperimentRecord { Id = "own-20260101-000000", Recipe = recipe, Created = DateTimeOffset.UtcNow });
        using var stop = new StopSignal(TestContext.Current.CancellationToken);
        foreach (var spec in recipe.Runs)
        {
            var settings = AttemptSettings.New(spec, folder.Run(spec.Name), _folder["tiny"], verifyData: false, number: null);
            Assert.Equal(RunStatus.Completed, Attempt.Run(settings, new Silent(), stop).Status);
        }

        var results = ExperimentReport.Write(folder);

        Assert.Equal(["sgd", "group-mean:2", "group-mean:2"], results.Runs.Select(run => run.Rule.ToString()));
        Assert.Matches(@"\| own +\| group-mean:2 +\| completed +\| +2 of 2 +\|", File.ReadAllText(folder.Report));
        Assert.Contains(
            RunColors.OnLight(RunColors.Hue(RuleChoice.Parse("group-mean:2")), 0)[1..],
            File.ReadAllText(Path.Combine(folder.Path, "top1-pristine-corrupt.svg")),
            StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("group-mean:1", 10, "rule group-mean:1: G must be from 2 to 4 (it is 1).")]
    [InlineData("group-mean:4", 7, "batchSize must be at least 8 with group-mean:4 (it is 7): each of its four groups needs two examples.")]
    [InlineData("group-mean:4", 8, null)]
    public void Failures_CustomRule_FollowTheCatalogEntry(string rule, int batchSize, string? expected)
    {
        using var entry = UpdateRuleCatalog.Register(GroupMean.Entry);

        var failures = RunSpecRules.Failures(TinyRun.Spec(rule) with { BatchSize = batchSize });

        Assert.Equal(expected is null ? [] : [expected], failures);
    }

    [Fact]
    public void Register_Disposed_RemovesTheRule()
    {
        UpdateRuleCatalog.Register(GroupMean.Entry).Dispose();

        Assert.Null(UpdateRuleCatalog.Find("group-mean"));
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Silent : IAttemptOutput
    {
        public void Around(Action attempt) => attempt();

        public void Report(AttemptEvent happened)
        {
        }

        public void Note(string line)
        {
        }
    }
}
