using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sgd", 0.9, 11)]
    [InlineData("ra3", 0, 12)]
    [InlineData("rm3", 0, 13)]
    [InlineData("m3", 0, 14)]
    [InlineData("median:5", 0, 15)]
    [InlineData("trimmed:7:1", 0, 16, 6)]
    [InlineData("rm3", 0, 17, 0, Precision.Bfloat16)]
    [InlineData("mom:3", 0, 18)]
    [InlineData("winsorized:20", 0, 19, 0, Precision.Float32, "mlp")]
    [InlineData("m3", 0, 20, 0, Precision.Float32, "resnet-small", LearningTracking.Training)]
    [InlineData("sgd", 0.9, 21, 0, Precision.Float32, "resnet-small", LearningTracking.Evaluation)]
    public void Resume_KilledAtRandomTimes_EqualsAnUninterruptedRun(
        string name,
        double momentum,
        int seed,
        int cropSide = 0,
        Precision precision = Precision.Float32,
        string model = "resnet-small",
        LearningTracking tracking = LearningTracking.Off)
    {
        // Write checkpoints at nearly every step, so that most kills hit an epoch or a write.
        var spec = Spec(name, momentum) with
        {
            CheckpointMinutes = 1e-6,
            CropSide = cropSide,
            Augmentation = cropSide == 0 ? Augmentation.None : Augmentation.CropFlip,
            Precision = precision,
            Model = model,
            TrackLearning = tracking,
            TrackEvery = tracking == LearningTracking.Off ? null : 2,
        };
        var undisturbed = new RunFolder(_folder["undisturbed/run"]);
        var disturbed = new RunFolder(_folder["disturbed/run"]);
        var arguments = Arguments(spec);
        Assert.Equal(0, TrainerProcess.Run([.. arguments, "--out", _folder["undisturbed"]]).ExitCode);

        var random = new Random(seed);
        var killed = 0;
        for (var attempt = 0; attempt < 4; attempt++)
        {
            using var process = disturbed.Exists
                ? TrainerProcess.Start("resume", disturbed.Path, "--supervised")
                : TrainerProcess.Start([.. arguments, "--out", _folder["disturbed"], "--supervised"]);
            for (var events = random.Next(1, 9); events > 0 && process.NextEvent() is not null; events--)
            {
            }

            Thread.Sleep(random.Next(60));
            process.Kill();
            killed += process.Finish().ExitCode == 137 ? 1 : 0;
        }

        Assert.Equal(0, TrainerProcess.Run("resume", disturbed.Path).ExitCode);
        RunComparison.AssertSame(undisturbed, disturbed);
        Assert.InRange(killed, 1, 4);
        Assert.Equal(killed, disturbed.Load().Attempts.Count(attempt => attempt.Status == RunStatus.Interrupted));
    }

    [Fact]
    public void Resume_ModelWithDropoutInterruptedWithinAnEpoch_EqualsAnUninterruptedRun()
    {
        TinyDataset.Create(_folder["tiny"], side: 75);
        var arguments = Arguments(Spec("rm3", momentum: 0) with { Model = "inception-v3", Epochs = 1, BatchSize = 6, EvaluationBatchSize = 20 });
        var undisturbed = new RunFolder(_folder["undisturbed/run"]);
        var disturbed = new RunFolder(_folder["disturbed/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. arguments, "--out", _folder["undisturbed"]]).ExitCode);
        using (var process = TrainerProcess.Start([.. arguments, "--out", _folder["disturbed"], "--supervised"]))
        {
            while (process.NextEvent() is not (null or AttemptProgressed))
            {
            }

            process.CloseInput();
            Assert.Equal(130, process.Finish().ExitCode);
        }

        Assert.Equal(0, TrainerProcess.Run("resume", disturbed.Path).ExitCode);

        Assert.InRange(disturbed.Load().Attempts[1].FromStep, 1, 9);
        RunComparison.AssertSame(undisturbed, disturbed);
    }

    [Fact]
    public void Resume_NewestCheckpointDamaged_ResumesFromThePreviousOne()
    {
        var spec = Spec("rm3", momentum: 0);
        var whole = new RunFolder(_folder["whole/run"]);
        var damaged = new RunFolder(_folder["damaged/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. Arguments(spec), "--out", _folder["whole"]]).ExitCode);
        Assert.Equal(0, TrainerProcess.Run([.. Arguments(spec), "--out", _folder["damaged"]]).ExitCode);
        var newest = Directory.GetFiles(damaged.Checkpoints).Order().Last();
        using (var file = File.OpenWrite(newest))
        {
            file.SetLength(file.Length - 1);
        }

        File.Delete(damaged.Model);
        damaged.Save(damaged.Load() with { Status = RunStatus.Running });

        var (exitCode, _, errors) = TrainerProcess.Run("resume", damaged.Path);

        Assert.Equal(0, exitCode);
        Assert.Contains(newest, errors);
        RunComparison.AssertSame(whole, damaged);
    }

    [Fact]
    public void Resume_AutomaticEvaluationBatchSize_KeepsTheOriginalOne()
    {
        var run = new RunFolder(_folder["out/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. Arguments(Spec("sgd", momentum: 0) with { Epochs = 1 }), "--out", _folder["out"]]).ExitCode);
        var record = run.Load();
        Assert.Equal((0, 250), (record.Spec.EvaluationBatchSize, record.Environment!.EvaluationBatchSize));
        run.Save(record with { Status = RunStatus.Interrupted, Environment = record.Environment with { EvaluationBatchSize = 64 } });

        Assert.Equal(0, TrainerProcess.Run("resume", run.Path).ExitCode);

        Assert.Equal((0, 64), (run.Load().Spec.EvaluationBatchSize, run.Load().Environment!.EvaluationBatchSize));
    }

    [Fact]
    public void Resume_CompletedRunWithMoreEpochs_ChangesNothingAndSaysHowToTrainOn()
    {
        var run = new RunFolder(_folder["out/run"]);
        var arguments = Arguments(Spec("sgd", momentum: 0));
        Assert.Equal(0, TrainerProcess.Run([.. arguments, "--out", _folder["out"]]).ExitCode);
        run.Save(run.Load() with { Spec = run.Load().Spec with { Epochs = 9 } });
        var record = File.ReadAllText(run.Record);

        var (exitCode, output, _) = TrainerProcess.Run("resume", run.Path);

        Assert.Equal(0, exitCode);
        Assert.Contains("The run had completed: nothing was done, and a change of its spec has no effect.", output);
        Assert.Equal(record, File.ReadAllText(run.Record));
        string[] advice = output.Trim().Split("another run with ")[1].Split(' ');
        Assert.Equal(
            0,
            TrainerProcess.Run(["train", "--dataset", _folder["tiny"], "--model", "resnet-small", "--epochs", "1", "--batch-size", "7", .. advice,
                "--name", "second", "--out", _folder["out"]]).ExitCode);
    }

    [Fact]
    public void Resume_DataChanged_Fails()
    {
        var run = new RunFolder(_folder["out/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. Arguments(Spec("sgd", momentum: 0)), "--out", _folder["out"]]).ExitCode);
        run.Save(run.Load() with { Status = RunStatus.Interrupted });
        Directory.Delete(_folder["tiny"], recursive: true);
        TinyDataset.Create(_folder["tiny"], train: 61);

        var (exitCode, _, errors) = TrainerProcess.Run("resume", run.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains("has changed since the run started", errors);
    }

    [Fact]
    public void Resume_DatasetMovedAway_NamesItsOldPlaceAndTheOptionThatFindsIt()
    {
        var run = Interrupted();
        Directory.CreateDirectory(_folder["new/datasets"]);
        Directory.Move(_folder["tiny"], _folder["new/datasets/tiny"]);
        run.Save(run.Load() with { Spec = run.Load().Spec with { Dataset = "tiny" } });
        var checkpoints = Directory.GetFiles(run.Checkpoints);
        Array.ForEach(checkpoints, File.Delete);

        var (exitCode, _, errors) = TrainerProcess.Run("resume", run.Path, "--data", _folder["old"]);

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"The dataset of {run.Path} was at {_folder["tiny"]} and is not there now, nor at {_folder["old/datasets/tiny"]}. "
            + "Give the data folder that it was moved to with --data.",
            errors.Trim());
        Assert.Equal(0, TrainerProcess.Run("resume", run.Path, "--data", _folder["new"]).ExitCode);
    }

    // The next number would be negative, and the attempt would take itself for an old one.
    [Fact]
    public void Resume_NumberOfTheAttemptIsDamaged_Continues()
    {
        var run = Interrupted();
        File.WriteAllText(run.Newest, "2147483647");

        Assert.Equal(0, TrainerProcess.Run("resume", run.Path).ExitCode);

        Assert.Equal(RunStatus.Completed, run.Load().Status);
        Assert.Equal("2", File.ReadAllText(run.Newest));
    }

    [Theory]
    [InlineData("run.json", DamagedFile.Pipe)]
    [InlineData("train.csv", DamagedFile.Pipe)]
    [InlineData("train.csv", DamagedFile.Device)]
    [InlineData("checkpoints", DamagedFile.Pipe)]
    public void Resume_AnotherThingInPlaceOfAFile_EndsWithOneLineAndTheFile(string file, string kind)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes and devices in folders.");
        var run = Interrupted();
        var damaged = file == "checkpoints" ? Directory.GetFiles(run.Checkpoints).Max(StringComparer.Ordinal)! : Path.Combine(run.Path, file);
        if (file == "checkpoints")
        {
            Array.ForEach(Directory.GetFiles(run.Checkpoints), File.Delete);
        }

        DamagedFile.Put(damaged, kind);

        var (exitCode, _, errors) = TrainerProcess.Run("resume", run.Path);

        Assert.Equal(1, exitCode);
        var line = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith($"{damaged} is empty or not a regular file. Restore", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Unexpected", errors);
    }

    private RunFolder Interrupted()
    {
        var run = new RunFolder(_folder["out/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. Arguments(Spec("sgd", momentum: 0) with { Epochs = 1 }), "--out", _folder["out"]]).ExitCode);
        run.Save(run.Load() with { Status = RunStatus.Interrupted });
        return run;
    }

    private static RunSpec Spec(string rule, double momentum) => new()
    {
        Name = "run",
        Labels = TinyDataset.Noisy,
        Rule = RuleChoice.Parse(rule),
        Momentum = momentum,
        WeightDecay = 1e-3,
        Model = "resnet-small",
        Epochs = 6,
        BatchSize = 7,
        LearningRate = 0.05,
        Threads = 1,
        LogEvery = 2,
        Device = DeviceChoice.Cpu,
    };

    private string[] Arguments(RunSpec spec)
    {
        if (!Directory.Exists(_folder["tiny"]))
        {
            TinyDataset.Create(_folder["tiny"]);
        }

        CghJson.Save(_folder["spec.json"], spec with { Dataset = _folder["tiny"] });
        return ["train", "--spec", _folder["spec.json"]];
    }
}
