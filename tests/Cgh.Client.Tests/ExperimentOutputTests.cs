using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client.Tests;

public sealed class ExperimentOutputTests
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(RunStatus.Queued, null)]
    [InlineData(RunStatus.Running, true)]
    [InlineData(RunStatus.Completed, null)]
    public void Json_Responding_IsPresentOnlyWhileRunning(RunStatus status, bool? expected)
    {
        var line = ExperimentLine.From(Snapshot(Run("sgd") with { Status = status }), new Target("demo-1", Run: null)).ToString();

        using var json = JsonDocument.Parse(line);
        var run = Assert.Single(json.RootElement.GetProperty("runs").EnumerateArray());
        Assert.Equal(expected, run.TryGetProperty("responding", out var responding) ? responding.GetBoolean() : null);
    }

    [Fact]
    public async Task Watch_RedirectedOutput_NamesTheFiguresOfARun()
    {
        var run = Run("sgd") with
        {
            Status = RunStatus.Running,
            Epoch = 0.4,
            SecondsLeft = 741,
            Latest = new Dictionary<string, EvaluationResult>
            {
                [Curves.Pristine] = new(2000, 4.6, 1.1, 5),
                [Curves.Corrupt] = new(0, 0, 0, 0),
                [Curves.TrainSample] = new(4000, 4.6, 1.0, 5),
            },
        };

        var lines = await WatchAsync(Snapshot(Run("rm3")), Snapshot(run));

        Assert.Contains("sgd: running, epoch 0.4 of 30, 12:21 left; top-1: pristine 1.1%, train sample 1.0%", lines);
    }

    [Fact]
    public async Task Watch_RedirectedOutput_NoFiguresYet_OmitsThem() =>
        Assert.Contains("sgd: running, epoch 0.0 of 30", await WatchAsync(Snapshot(Run("sgd") with { Status = RunStatus.Running })));

    [Fact]
    public void Show_RunOnASubsetWithItsOwnTest_HasTheOriginalTest()
    {
        using var writer = new StringWriter();
        var console = Console(writer);
        console.Profile.Width = 200;

        new ExperimentDisplay(console).Show(Snapshot(Run("sgd") with
        {
            Latest = new Dictionary<string, EvaluationResult> { [Curves.Test] = new(10, 1, 90, 100), [Curves.OriginalTest] = new(10, 1, 61.2, 80) },
        }));

        Assert.Contains("original test", writer.ToString());
        Assert.Contains("61.2", writer.ToString());
    }

    [Fact]
    public void Show_RuleWithParameters_IsAsInTheRecipe()
    {
        using var writer = new StringWriter();

        new ExperimentDisplay(Console(writer)).Show(Snapshot(Run("trimmed:5:1"), Run("rm3")));

        Assert.DoesNotContain("TRIMMED", writer.ToString());
        Assert.Contains("RM3", writer.ToString());
    }

    [Fact]
    public void Output_RunNeedsAStage_SaysWhatItWaitsFor()
    {
        var split = Run("split-0") with { Spec = new RunSpec { Name = "split-0", Dataset = "demo", Derive = new StageSpec { From = "short-0" } } };
        var easy = Run("easy-0") with { Spec = new RunSpec { Name = "easy-0", Dataset = "split-0/easy" } };
        var snapshot = Snapshot(Run("short-0") with { Status = RunStatus.Completed }, split, easy);
        using var writer = new StringWriter();

        new ExperimentDisplay(Console(writer)).Show(snapshot);
        using var json = JsonDocument.Parse(ExperimentLine.From(snapshot, new Target("demo-1", "easy-0")).ToString());

        Assert.Contains("waits for split-0", writer.ToString());
        Assert.DoesNotContain("waits for short-0", writer.ToString());
        Assert.Equal("split-0", json.RootElement.GetProperty("runs")[0].GetProperty("waitsFor").GetString());
    }

    private static async Task<string[]> WatchAsync(params ExperimentSnapshot[] snapshots)
    {
        using var writer = new StringWriter();
        var last = snapshots[^1];
        await new ExperimentDisplay(Console(writer)).WatchAsync(snapshots.ToAsyncEnumerable(), snapshot => ReferenceEquals(snapshot, last));
        return writer.ToString().ReplaceLineEndings("\n").Split('\n');
    }

    private static IAnsiConsole Console(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 200;
        return console;
    }

    private static RunState Run(string name) => new()
    {
        Id = new RunId("demo-1", name),
        Spec = new RunSpec { Name = name, Dataset = "demo", Epochs = 30, Rule = RuleChoice.TryParse(name, out var rule) ? rule : UpdateRuleCatalog.Baseline },
        Queued = s_time,
    };

    private static ExperimentSnapshot Snapshot(params RunState[] runs) => new(
        new ExperimentState
        {
            Id = "demo-1",
            Created = s_time,
            Status = ExperimentStatus.Running,
            Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [.. runs.Select(run => run.Spec)] },
        },
        runs,
        Dataset: null);
}
