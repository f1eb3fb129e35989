using System.Diagnostics;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

/// <summary>Signals of terminals, shells and batch systems, sent to a training process.</summary>
[Collection(TorchInOtherProcesses.Name)]
public sealed class SignalTests : IDisposable
{
    private const string NeedsUnix = "Windows has no signals.";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();

    private RunFolder Run => new(_folder["runs/sgd"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    [InlineData("USR1")]
    [InlineData("XCPU")]
    public void Train_SignalThatEndsAProcess_WritesACheckpointAndCanBeResumed(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NeedsUnix);
        using var process = TrainerProcess.Start(Arguments());
        WaitUntilItTrains();

        process.Signal(signal);

        Assert.Equal(130, process.Finish().ExitCode);
        AssertInterrupted();
        using var resumed = TrainerProcess.Start("resume", Run.Path);
        WaitUntilItTrains();
        resumed.Signal("TERM");
        Assert.Equal(130, resumed.Finish().ExitCode);
        Assert.Equal(2, Run.Load().Attempts.Count);
    }

    [Fact]
    public void Train_CheckpointLargerThanTheFileSizeLimit_EndsAsFailedWithTheReason()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Another unit of ulimit -f.");
        // The runtime itself would map a file larger than the limit.
        using var process = ThroughShell("export DOTNET_EnableWriteXorExecute=0; ulimit -f 64; exec \"$@\"");

        Assert.True(process.WaitForExit(s_timeout));

        Assert.Equal(1, process.ExitCode);
        var record = Run.Load();
        Assert.Equal((RunStatus.Failed, RunStatus.Failed), (record.Status, record.Attempts[^1].Status));
        Assert.Matches("^Cannot write .*: The file would be larger than its file system or the limit of the process .ulimit -f. allows[.] ", record.Error);
    }

    [Fact]
    public void Train_HangupIsIgnoredAsUnderNohup_GoesOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NeedsUnix);
        using var process = ThroughShell("trap '' HUP; exec \"$@\"");
        WaitUntilItTrains();

        Signal(process, "HUP");
        WaitForCheckpointAfter(NewestCheckpoint());

        Assert.Equal(RunStatus.Running, Run.Load().Status);
        Signal(process, "TERM");
        Assert.True(process.WaitForExit(s_timeout));
        Assert.Equal(130, process.ExitCode);
    }

    // script owns the terminal: when it is gone, the trainer gets HUP and its display an error.
    [Fact]
    public void Train_TerminalIsClosed_WritesACheckpoint()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "script of util-linux is not installed.");
        using var terminal = ThroughShell("exec script --quiet --flush --command \"$*\" /dev/null");
        WaitUntilItTrains();

        terminal.Kill();

        WaitUntil(() => Run.Load().Status != RunStatus.Running, "The run did not end.");
        AssertInterrupted();
    }

    // Each may hit the start, a step or a checkpoint, which is written after every step.
    [Fact]
    public void Resume_TerminatedAtRandomMoments_EndsEachTime()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), NeedsUnix);
        var random = new Random(23);
        TinyDataset.Create(_folder["tiny"]);
        CghJson.Save(_folder["spec.json"], new RunSpec
        {
            Name = "sgd",
            Dataset = _folder["tiny"],
            Model = "resnet-small",
            Epochs = 100_000,
            BatchSize = 10,
            Threads = 1,
            Device = DeviceChoice.Cpu,
            CheckpointMinutes = 1e-6,
        });
        using (var first = TrainerProcess.Start("train", "--spec", _folder["spec.json"], "--out", _folder["runs"]))
        {
            WaitUntilItTrains();
            first.Signal("TERM");
            Assert.Equal(130, first.Finish().ExitCode);
        }

        for (var attempt = 0; attempt < 8; attempt++)
        {
            using var process = TrainerProcess.Start("resume", Run.Path);
            Thread.Sleep(random.Next(2500));
            process.Signal("TERM");

            // 143: it had not begun.
            Assert.Contains(process.Finish().ExitCode, new[] { 130, 143 });
        }

        AssertInterrupted();
    }

    private static void Signal(Process process, string signal) => ChildProcess.SignalTo(process.Id, signal);

    private static void WaitUntil(Func<bool> holds, string otherwise)
    {
        for (var began = Stopwatch.GetTimestamp(); !holds(); Thread.Sleep(50))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_timeout, otherwise);
        }
    }

    private string[] Arguments()
    {
        if (!Directory.Exists(_folder["tiny"]))
        {
            TinyDataset.Create(_folder["tiny"]);
        }

        return
        [
            "train", "--dataset", _folder["tiny"], "--model", "resnet-small", "--epochs", "100000", "--batch-size", "10", "--threads", "1",
            "--device", "cpu", "--out", _folder["runs"],
        ];
    }

    private Process ThroughShell(string script) => Process.Start("/bin/sh", ["-c", script, "sh", TrainerProcess.Program, .. Arguments()]);

    private void WaitUntilItTrains() => WaitForCheckpointAfter(NewestCheckpoint());

    private void WaitForCheckpointAfter(string? last) => WaitUntil(() => NewestCheckpoint() != last, "It did not write a checkpoint.");

    private string? NewestCheckpoint() =>
        Directory.Exists(Run.Checkpoints) ? Directory.GetFiles(Run.Checkpoints, "*.safetensors").Max(StringComparer.Ordinal) : null;

    private void AssertInterrupted()
    {
        var record = Run.Load();
        Assert.Equal((RunStatus.Interrupted, RunStatus.Interrupted), (record.Status, record.Attempts[^1].Status));
        Assert.NotNull(NewestCheckpoint());
    }
}
