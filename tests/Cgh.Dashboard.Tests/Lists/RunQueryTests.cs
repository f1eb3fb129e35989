using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Lists;

public sealed class RunQueryTests
{
    private static readonly IndexedRun s_run = new(
        Samples.Experiment with { Recipe = Samples.Recipe with { Labels = [new LabelSetRequest { Name = "half", Fraction = 0.5 }] } },
        Samples.Trained(Samples.Rm3) with
        {
            Spec = Samples.Run(Samples.Rm3).Spec with { Labels = "half", Rule = RuleChoice.Parse("mom:5"), Seed = 3, Precision = Precision.Bfloat16 },
            Best = new Dictionary<string, BestResult> { [Curves.Test] = new(12, 80) },
        },
        new RunAnnotation { Title = "Main run", Notes = "as in Figure 2", Tags = ["paper", "v2/final"] });

    [Theory]
    [InlineData(null, true)]
    [InlineData("  ", true)]
    [InlineData("rule:mom:5", true)]
    [InlineData("rule:MOM:*", true)]
    [InlineData("rule:mom", false)]
    [InlineData("rule:sgd,mom:5", true)]
    [InlineData("-rule:mom:5", false)]
    [InlineData("-rule:sgd", true)]
    [InlineData("noise:0.5", true)]
    [InlineData("noise:0.50 seed:3", true)]
    [InlineData("noise:>0.5", false)]
    [InlineData("noise:>=0.5", true)]
    [InlineData("noise:0.1..0.6", true)]
    [InlineData("noise:0.25,0.75", false)]
    [InlineData("status:running", true)]
    [InlineData("status:queued,Running", true)]
    [InlineData("status:preparing", false)]
    [InlineData("tag:paper", true)]
    [InlineData("tag:v2/*", true)]
    [InlineData("tag:pap", false)]
    [InlineData("test:>72.5 best.test:80 gap:<20", true)]
    [InlineData("corrupt:<50", false)]
    [InlineData("learningRate:0.04 batchSize:20 precision:bfloat16", true)]
    [InlineData("LEARNINGRATE:4e-2", true)]
    [InlineData("dataset:demo experiment:demo-2026*", true)]
    [InlineData("figure main", true)]
    [InlineData("\"Figure 2\"", true)]
    [InlineData("\"2 Figure\"", false)]
    [InlineData("notes:\"as in*\"", true)]
    [InlineData("figure -paper", false)]
    [InlineData("*", false)]
    public void Matches_ValidQuery_FollowsTheDocumentation(string? query, bool expected)
    {
        var parsed = RunQuery.Parse(query);

        Assert.Null(parsed.Error);
        Assert.Equal(expected, parsed.Matches(s_run));
    }

    [Theory]
    [InlineData("rlue:sgd", "There is no key 'rlue'. Did you mean 'rule'?")]
    [InlineData("status:runing", "There is no status 'runing'. Did you mean 'running'?")]
    [InlineData("noise:much", "noise: needs a number, such as noise:0.5, noise:>0.5 or noise:0.1..0.5 (got 'much').")]
    [InlineData("noise:>", "noise: needs a number, such as noise:0.5, noise:>0.5 or noise:0.1..0.5 (got '>').")]
    [InlineData("is:old", "is: needs archived or deleted (got 'old').")]
    public void Parse_InvalidPart_IsALineAndTheRestApplies(string query, string error)
    {
        var parsed = RunQuery.Parse($"{query} seed:3");

        Assert.Equal(error, parsed.Error);
        Assert.True(parsed.Matches(s_run));
        Assert.False(RunQuery.Parse($"{query} seed:4").Matches(s_run));
    }

    [Fact]
    public void Parse_TooLong_SaysSo() =>
        Assert.Equal("The query may have at most 500 characters (it has 501).", RunQuery.Parse(new string('x', 501)).Error);

    [Theory]
    [InlineData(":")]
    [InlineData("\"")]
    [InlineData("-")]
    [InlineData("rule:")]
    [InlineData(":x")]
    [InlineData("rule:\"")]
    [InlineData("rule:**,,*")]
    [InlineData("\u202E\0\uD800")]
    public void Parse_Odd_DoesNotThrow(string query) => RunQuery.Parse(query).Matches(s_run);

    [Theory]
    [InlineData("", false, false)]
    [InlineData("is:archived", true, false)]
    [InlineData("is:deleted", false, true)]
    [InlineData("is:archived,deleted", true, true)]
    public void Matches_ArchivedOrDeleted_OnlyIfAskedFor(string query, bool archived, bool deleted)
    {
        var parsed = RunQuery.Parse(query);

        Assert.Equal(archived, parsed.Matches(s_run with { Note = new RunAnnotation { Archived = true } }));
        Assert.Equal(deleted, parsed.Matches(s_run with { Note = new RunAnnotation { Deleted = Samples.Created } }));
        Assert.Equal(query.Length == 0, parsed.Matches(s_run with { Note = RunAnnotation.None }));
    }

    [Fact]
    public void RunKeys_OfAnyRun_HaveUniqueNamesAndValues()
    {
        Assert.Equal(RunKey.All.Count, RunKey.All.Select(key => key.Name.ToLowerInvariant()).Distinct().Count());
        Assert.All(RunKey.Usual, name => Assert.NotNull(RunKey.Find(name)));
        Assert.All(RunKey.All, key => Assert.NotEmpty(key.Show(s_run)));
        Assert.Equal(
            ["mom:5", "0.5", "3", "72.6%", "80.0%", "+10.9"],
            new[] { "rule", "noise", "seed", "test", "best.test", "gap" }.Select(name => RunKey.Find(name)!.Show(s_run)));
    }

    [Fact]
    public void RunRows_SortedAndGrouped_RunsWithoutAValueComeLast()
    {
        IndexedRun Run(string name, double? test) => s_run with
        {
            Run = Samples.Run(Samples.Sgd) with
            {
                Id = new RunId(Samples.Id, name),
                Latest = test is { } acc1 ? new Dictionary<string, EvaluationResult> { [Curves.Test] = new(10, 1, acc1, 100) } : [],
                Status = test is null ? RunStatus.Queued : RunStatus.Completed,
            },
        };
        IndexedRun[] runs = [Run("a", 50), Run("b", null), Run("c", 70)];

        Assert.Equal(["a", "c", "b"], Names(RunRows.Of(runs, "test", group: null)));
        Assert.Equal(["c", "a", "b"], Names(RunRows.Of(runs, "-test", group: null)));
        Assert.Equal(["a", "b", "c"], Names(RunRows.Of(runs, "nonsense", group: "nonsense")));
        Assert.Equal(["Status: Completed 2", "c", "a", "Status: Queued 1", "b"], Names(RunRows.Of(runs, "-test", "status")));

        static IEnumerable<string> Names(IEnumerable<RunRow> rows) => rows.Select(row => row.Run?.Run.Id.Name ?? $"{row.Group} {row.Count}");
    }
}
