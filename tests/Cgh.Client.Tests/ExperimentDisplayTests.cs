using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client.Tests;

public sealed class ExperimentDisplayTests
{
    [Theory]
    [InlineData(120, "run rule status epoch images/s left loss pristine corrupt train test")]
    [InlineData(80, "run status epoch left pristine corrupt train test")]
    [InlineData(60, "run status epoch pristine corrupt test")]
    [InlineData(40, "run status epoch test")]
    [InlineData(25, "run status")]
    public void Show_NarrowTerminal_DropsColumnsInsteadOfTheTable(int width, string expected)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = width;

        new ExperimentDisplay(console).Show(Snapshot());

        var lines = output.ToString().Split('\n');
        Assert.Equal(expected.Split(' '), lines[1].Split(['│', ' '], StringSplitOptions.RemoveEmptyEntries));
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.Contains("running", output.ToString());
    }

    private static ExperimentSnapshot Snapshot()
    {
        var spec = new RunSpec { Name = "rm3", Dataset = "demo", Epochs = 90 };
        var run = new RunState
        {
            Id = new RunId("demo-1", "rm3"),
            Spec = spec,
            Status = RunStatus.Running,
            Queued = DateTimeOffset.UnixEpoch,
            Epoch = 12.5,
            SecondsLeft = 3725,
            Loss = 1.25,
            ImagesPerSecond = 1100,
        };
        var experiment = new ExperimentState
        {
            Id = "demo-1",
            Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [spec] },
            Created = DateTimeOffset.UnixEpoch,
            Status = ExperimentStatus.Running,
        };
        return new ExperimentSnapshot(experiment, [run], Dataset: null);
    }
}
