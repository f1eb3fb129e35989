using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class SupervisedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_Supervised_ReportsTheCompleteRunAsEvents()
    {
        using var process = Start(epochs: 2);
        var events = ReadAll(process);
        var folder = new RunFolder(_folder["runs/sgd"]);

        Assert.Equal(0, process.Finish().ExitCode);
        var started = Assert.IsType<AttemptStarted>(events[0]);
        Assert.Equal((0, 12), (started.Step, started.TotalSteps));
        Assert.Equal(1, started.Environment.Threads);
        Assert.All(Curves.All, curve => Assert.Equal(0, started.Rows[curve]));
        foreach (var curve in Curves.All)
        {
            var rows = events.OfType<AttemptRows>().Where(rows => rows.Curve == curve).ToArray();
            Assert.Equal(folder.ReadCurve(curve), rows.SelectMany(row => row.Rows));
            Assert.Equal(rows.Select((_, i) => rows.Take(i).Sum(before => before.Rows.Count)), rows.Select(row => row.First));
        }

        var last = events.OfType<AttemptProgressed>().Last();
        Assert.Equal((2.0, 12, 12), (last.Epoch, last.Step, last.TotalSteps));
        var ended = Assert.IsType<AttemptEnded>(events[^1]);
        Assert.Equal((RunStatus.Completed, null), (ended.Status, ended.Error));
        Assert.Equal(Curves.EvaluationSets.Order(), ended.Result!.Keys.Order());
        Assert.Equal(folder.Load().Result, ended.Result);
    }

    [Fact]
    public void Train_Supervised_WritesCsvWithTheAuthorsColumnsAndEvaluations()
    {
        using var process = Start(epochs: 2);
        ReadAll(process);
        var test = File.ReadAllLines(_folder["runs/sgd/test.csv"]);
        var train = File.ReadAllLines(_folder["runs/sgd/train.csv"]);

        Assert.Equal("epoch,count,loss,acc1,acc5", test[0]);
        Assert.Equal(["0", "1", "2"], test.Skip(1).Select(line => line.Split(',')[0]));
        Assert.Equal("epoch,step,count,loss", train[0]);
        Assert.Equal(["0,0,10", "1,0,10"], train.Skip(1).Select(line => line[..line.LastIndexOf(',')]));
        Assert.Single(Directory.GetFiles(_folder["runs/sgd/tensorboard"]));
        Assert.Equal(2, Directory.GetFiles(_folder["runs/sgd/checkpoints"]).Length);
    }

    [Fact]
    public void Train_CancelRequest_ExitsWith3AndCanBeResumed()
    {
        using var process = Start(epochs: 10_000);
        Assert.IsType<AttemptStarted>(process.NextEvent());

        process.Say("cancel");
        var ended = Assert.IsType<AttemptEnded>(ReadAll(process)[^1]);

        Assert.Equal(3, process.Finish().ExitCode);
        Assert.Equal(RunStatus.Cancelled, ended.Status);
        AssertStopped(RunStatus.Cancelled);
    }

    [Fact]
    public void Train_PauseRequest_ExitsWith130AndCanBeResumed()
    {
        using var process = Start(epochs: 10_000);
        Assert.IsType<AttemptStarted>(process.NextEvent());

        process.Say("pause");
        var ended = Assert.IsType<AttemptEnded>(ReadAll(process)[^1]);

        Assert.Equal(130, process.Finish().ExitCode);
        Assert.Equal(RunStatus.Paused, ended.Status);
        AssertStopped(RunStatus.Paused);
    }

    [Fact]
    public void Resume_NewerAttemptNumber_TheOlderAttemptStopsWriting()
    {
        using var older = Start(epochs: 10_000, "--attempt", "3");
        Assert.IsType<AttemptStarted>(older.NextEvent());
        var folder = new RunFolder(_folder["runs/sgd"]);

        using var newer = TrainerProcess.Start("resume", folder.Path, "--supervised", "--attempt", "5");
        var ended = Assert.IsType<AttemptEnded>(ReadAll(older)[^1]);
        Assert.Equal((RunStatus.Interrupted, true), (ended.Status, ended.IsSuperseded));
        Assert.Equal(130, older.Finish().ExitCode);
        Assert.IsType<AttemptStarted>(newer.NextEvent());
        newer.Say("cancel");
        newer.Finish();

        Assert.Equal([(3, RunStatus.Interrupted), (5, RunStatus.Cancelled)], folder.Load().Attempts.Select(attempt => (attempt.Number, attempt.Status)));
        Assert.Equal(5, folder.NewestAttempt());
    }

    [Fact]
    public void Resume_OlderAttemptSuspended_KillsItAndTakesOverTheFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGSTOP.");
        using var older = Start(epochs: 10_000, "--attempt", "1");
        Assert.IsType<AttemptStarted>(older.NextEvent());
        var folder = new RunFolder(_folder["runs/sgd"]);
        older.Signal("STOP");

        using var newer = TrainerProcess.Start("resume", folder.Path, "--supervised", "--attempt", "2");
        Assert.IsType<AttemptStarted>(newer.NextEvent());
        newer.Say("cancel");

        Assert.Equal(3, newer.Finish().ExitCode);
        Assert.Equal(137, older.Finish().ExitCode);
        Assert.Equal([(1, RunStatus.Interrupted), (2, RunStatus.Cancelled)], folder.Load().Attempts.Select(attempt => (attempt.Number, attempt.Status)));
    }

    [Fact]
    public void Resume_OlderAttemptNumber_ExitsWithoutChangingTheFolder()
    {
        using (var first = Start(epochs: 10_000, "--attempt", "4"))
        {
            Assert.IsType<AttemptStarted>(first.NextEvent());
            first.Say("pause");
            first.Finish();
        }

        var folder = new RunFolder(_folder["runs/sgd"]);
        var before = File.ReadAllText(folder.Record);
        using var older = TrainerProcess.Start("resume", folder.Path, "--supervised", "--attempt", "3");
        var ended = Assert.IsType<AttemptEnded>(ReadAll(older)[^1]);

        Assert.True(ended.IsSuperseded);
        Assert.Equal(before, File.ReadAllText(folder.Record));
        Assert.Equal(4, folder.NewestAttempt());
    }

    [Fact]
    public void Train_EndOfInput_ExitsWith130AndCanBeResumed()
    {
        using var process = Start(epochs: 10_000);
        Assert.IsType<AttemptStarted>(process.NextEvent());

        process.CloseInput();
        var ended = Assert.IsType<AttemptEnded>(ReadAll(process)[^1]);

        Assert.Equal(130, process.Finish().ExitCode);
        Assert.Equal(RunStatus.Interrupted, ended.Status);
        AssertStopped(RunStatus.Interrupted);
    }

    [Fact]
    public void Train_NumberedAttemptWhileTheExperimentsAreGone_DoesNotRecreateThem()
    {
        TinyDataset.Create(_folder["tiny"]);
        using var process = TrainerProcess.Start([
            "train", "--dataset", _folder["tiny"], "--model", "resnet-small", "--batch-size", "10", "--threads", "1", "--device", "cpu",
            "--out", _folder["experiments/one"], "--supervised", "--attempt", "1",
        ]);

        var ended = Assert.IsType<AttemptEnded>(Assert.Single(ReadAll(process)));

        Assert.Equal(
            (RunStatus.Failed, $"{_folder["experiments/one"]} does not exist. If it is on a network share, mount the share."), (ended.Status, ended.Error));
        Assert.False(Directory.Exists(_folder["experiments"]));
    }

    [Fact]
    public void Train_SupervisedWithInvalidLabelSet_ReportsTheErrorInTheLastEvent()
    {
        TinyDataset.Create(_folder["tiny"]);
        using var process = TrainerProcess.Start([
            "train", "--dataset", _folder["tiny"], "--labels", "nosy", "--model", "resnet-small", "--batch-size", "10",
            "--out", _folder["runs"], "--supervised",
        ]);

        var ended = Assert.IsType<AttemptEnded>(Assert.Single(ReadAll(process)));

        Assert.Equal(RunStatus.Failed, ended.Status);
        Assert.Contains("has no label set 'nosy'. Did you mean 'noisy'?", ended.Error);
        Assert.Equal(2, process.Finish().ExitCode);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public void Train_TerminalIsNotUtf8_SpeaksUtf8WithItsSupervisor()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There no variable says what the terminal speaks.");
        using var process = TrainerProcess.StartWith(
            new() { ["LC_ALL"] = "de_DE.ISO-8859-1" }, "train", "--spec", "-", "--data", _folder.Path, "--out", _folder["runs"], "--supervised");

        process.Say("""{ "name": "sgd", "dataset": "Käfer/日本", "model": "resnet-small", "rule": "sgd" }""");

        Assert.Contains("Käfer/日本", process.Finish().Errors);
    }

    private TrainerProcess Start(int epochs, params string[] more)
    {
        TinyDataset.Create(_folder["tiny"]);

        // As the service does.
        Directory.CreateDirectory(_folder["runs"]);
        return TrainerProcess.Start(
        [
            "train", "--dataset", _folder["tiny"], "--labels", TinyDataset.Noisy, "--model", "resnet-small", "--epochs", $"{epochs}",
            "--batch-size", "10", "--threads", "1", "--device", "cpu", "--out", _folder["runs"], "--supervised", .. more,
        ]);
    }

    private void AssertStopped(RunStatus status)
    {
        var folder = new RunFolder(_folder["runs/sgd"]);
        var record = folder.Load();
        Assert.Equal((status, status), (record.Status, Assert.Single(record.Attempts).Status));
        Assert.NotEmpty(Directory.GetFiles(folder.Checkpoints));
        Assert.False(File.Exists(folder.Model));

        using var resumed = TrainerProcess.Start("resume", folder.Path, "--supervised");
        Assert.IsType<AttemptStarted>(resumed.NextEvent());
        resumed.Say("cancel");
        Assert.Equal(3, resumed.Finish().ExitCode);
        Assert.Equal(2, folder.Load().Attempts.Count);
    }

    private static List<AttemptEvent> ReadAll(TrainerProcess process)
    {
        var events = new List<AttemptEvent>();
        while (process.NextEvent() is { } happened)
        {
            events.Add(happened);
        }

        return events;
    }
}
