using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadInputTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--rule rm4", "--rule: unknown rule 'rm4'. Did you mean 'rm3'?")]
    [InlineData("--median authors", "train: median must be exact with sgd (it is authors): only rm3 and m3 have the authors' formula.")]
    [InlineData("--auxiliary-logits true", "train: auxiliaryLogits must be false with resnet-small (it is true): only inception-v3 has an auxiliary head.")]
    [InlineData("--model resnet81", "train: unknown model 'resnet81'. Did you mean 'resnet18'?")]
    [InlineData("--schedule cosinus", "--schedule: unknown schedule 'cosinus'. Did you mean 'cosine'?")]
    [InlineData("--device gpu", "--device: unknown device 'gpu'. Did you mean 'cpu'?")]
    [InlineData("--labels nosy", "has no label set 'nosy'. Did you mean 'noisy'?")]
    [InlineData("--rule rm3 --momentum 0.9", "train: momentum must be 0 with rm3 (it is 0.9): momentum makes it unstable.")]
    [InlineData("--rule m3 --batch-size 4", "train: batchSize must be at least 6 with m3 (it is 4): each of its three groups needs two examples.")]
    [InlineData("--rule median", "--rule: unknown rule 'median'. Did you mean 'median:K'?")]
    [InlineData("--rule median:4", "train: rule median:4: K must be odd, from 3 to 9 (it is 4).")]
    [InlineData("--rule trimmed:5:3", "train: rule trimmed:5:3: 2T must be below K (T is 3, K is 5): something must be left to average.")]
    [InlineData("--augmentation crop-flop", "--augmentation: unknown augmentation 'crop-flop'. Did you mean 'crop-flip'?")]
    [InlineData("--augmentation crop-flip", "augmentation crop-flip needs images larger than cropSide, which is 8 (these have 8 pixels).")]
    [InlineData("--crop-side 9", "cropSide 9 is larger than the images (these have 8 pixels).")]
    [InlineData("--batch-size 61", "batchSize 61 is larger than the data")]
    [InlineData("--epochs 0", "train: epochs must be at least 1 (it is 0).")]
    [InlineData("--name ../up", "train: name must be letters, digits")]
    [InlineData("--epoch 3", "Unknown option '--epoch'. Did you mean '--epochs'?")]
    [InlineData("--learnig-rate 0.1", "Unknown option '--learnig-rate'. Did you mean '--learning-rate'?")]
    [InlineData("--learning-rate fast", "--learning-rate must be a number with a decimal point, such as 0.5 (got 'fast').")]
    [InlineData("--lr fast", "--learning-rate must be a number with a decimal point, such as 0.5 (got 'fast').")]
    [InlineData("--track-learning always", "--track-learning: unknown track-learning 'always'.")]
    [InlineData("--track-learning training --track-every 0", "train: trackEvery must be at least 1 epoch (it is 0).")]
    [InlineData("--track-every 2", "train: trackEvery must be left out without trackLearning (it is 2). Set trackLearning to evaluation or training.")]
    [InlineData("--epochs many", "--epochs must be an integer (got 'many').")]
    [InlineData("--epochs 99999999999", "--epochs must be an integer between -2147483648 and 2147483647 (got '99999999999').")]
    public void Train_InvalidOption_ExitsWith2AndOneLineAndCreatesNothing(string options, string message)
    {
        var (exitCode, output, errors) = TrainerProcess.Run(Valid(options.Split(' ')));

        Assert.Equal(2, exitCode);
        Assert.Contains(message, errors);
        AssertOneLine(errors);
        Assert.Empty(output);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    // Computing its checksum would take an hour.
    [Fact]
    public void Train_WeightsAreATerabyteOfZeros_SaysSoBeforeReadingIt()
    {
        using (var file = File.Create(_folder["weights"]))
        {
            file.SetLength(1L << 40);
        }

        var (exitCode, _, errors) = TrainerProcess.Run(Valid("--weights", _folder["weights"]));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{_folder["weights"]} has only zeros at its start, such as an unfinished download. Download or save the file again.", errors);
    }

    [Theory]
    [InlineData("""{ "name": "a", "dataset": "TINY", "model": "resnet-small", "batchSize": 10, "epoch": 3 }""", "unknown key 'epoch'. Did you mean 'epochs'?")]
    [InlineData("""{ "name": "a", "dataset": "TINY", "model": "resnet-small", "batchSize": 10, "rule": "rm33" }""", "unknown rule 'rm33'. Did you mean 'rm3'?")]
    [InlineData("""{ "name": "a", "model": "resnet-small", "batchSize": 10 }""", "dataset is missing: name a dataset or give its path.")]
    [InlineData("""{ "name": "a", """, "spec.json")]
    public void Train_InvalidSpecFile_ExitsWith2AndOneLine(string spec, string message)
    {
        File.WriteAllText(_folder["spec.json"], spec.Replace("TINY", _folder["tiny"], StringComparison.Ordinal));

        var (exitCode, _, errors) = TrainerProcess.Run("train", "--spec", _folder["spec.json"], "--out", _folder["runs"]);

        Assert.Equal(2, exitCode);
        Assert.Contains(message, errors);
        AssertOneLine(errors);
    }

    [Fact]
    public void Train_SpecFileAndOptions_NamesTheConflictingOption()
    {
        var (exitCode, _, errors) = TrainerProcess.Run("train", "--spec", _folder["spec.json"], "--rule", "rm3");

        Assert.Equal((2, true), (exitCode, errors.Contains("--rule cannot be used with --spec. Set it in the spec.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "ConnectionStrings__redis is not set. Set this environment variable to the address of the server, such as localhost:6379.")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1",
        "ConnectionStrings__messaging is not set. Set this environment variable to the address of the server, such as amqp://guest:guest@localhost:5672.")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1 ConnectionStrings__messaging=foo",
        "The broker address must have the form amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS).")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1 ConnectionStrings__messaging=amqp://localhost:1 Trainer__ConcurrentRuns=0",
        "Trainer:ConcurrentRuns must be between 1 and 256 (it is 0).")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1 ConnectionStrings__messaging=amqp://localhost:1 Trainer__HeartbeatTimeout=long",
        "Trainer:HeartbeatTimeout")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1 ConnectionStrings__messaging=amqp://localhost:1 Trainer__MaxFailure=0",
        "Unknown setting 'Trainer:MaxFailure'. Did you mean 'MaxFailures'?")]
    [InlineData(
        "ConnectionStrings__redis=localhost:1 ConnectionStrings__messaging=amqp://localhost:1 ASPNETCORE_URLS=foo",
        "'foo' is not a valid URL to listen on")]
    public void Serve_InvalidSettings_ExitsWith2AndOneLine(string settings, string message)
    {
        var environment = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        using var process = TrainerProcess.StartWith(environment, "serve", "--data", _folder["data"]);
        var (exitCode, output, errors) = process.Finish();

        Assert.Equal(2, exitCode);
        Assert.Contains(message, errors);
        AssertOneLine(errors);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("status --max many", "--max must be an integer (got 'many').")]
    [InlineData("status --max 0", "--max must be at least 1 (it is 0).")]
    [InlineData("status --most many", "--most must be an integer (got 'many').")]
    [InlineData("status --most 0", "--most must be at least 1 (it is 0).")]
    [InlineData("status --mox 5", "Unknown option '--mox'. Did you mean '--max'?")]
    [InlineData("status demo --wach", "Unknown option '--wach'. Did you mean '--watch'?")]
    [InlineData("plan --mesure recipe.json", "Unknown option '--mesure'. Did you mean '--measure'?")]
    [InlineData("resume --hlep", "Unknown option '--hlep'. Did you mean '--help'?")]
    [InlineData("resume ", "RUN is empty. Give a path.")]
    [InlineData("resume", "resume needs RUN.")]
    [InlineData("watch", "watch needs EXPERIMENT[/RUN].")]
    [InlineData("plan recipe.json --images-per-second", "--images-per-second needs a value.")]
    [InlineData("plan recipe.json --images-per-second fast", "--images-per-second must be a number with a decimal point, such as 0.5 (got 'fast').")]
    [InlineData("submit demo.json --priority 10", "--priority must be between 0 and 9 (it is 10).")]
    [InlineData("train", "--dataset is required without --spec.")]
    [InlineData("stauts", "Unknown command 'stauts'. Did you mean 'status'?")]
    [InlineData("status demo --timeout 5s", "--timeout needs --watch: without it, the command does not wait.")]
    [InlineData("submit demo.json --timeout 5s", "--timeout needs --wait: without it, the command does not wait.")]
    public void Client_InvalidOptions_ExitsWith2AndOneLine(string arguments, string message)
    {
        var (exitCode, _, errors) = TrainerProcess.Run(arguments.Split(' '));

        Assert.Equal(2, exitCode);
        Assert.Contains(message, errors);
        AssertOneLine(errors);
    }

    [Fact]
    public void Train_MissingDataset_SuggestsTheNearestAndExitsWith2()
    {
        var (exitCode, _, errors) = TrainerProcess.Run("train", "--dataset", _folder["tniy"], "--out", _folder["runs"]);

        Assert.Equal(2, exitCode);
        Assert.Equal($"There is no dataset 'tniy' in {_folder.Path}. Did you mean 'tiny'?", errors.Trim());
    }

    [Fact]
    public void Train_ImagesTooSmallForTheModel_FailsWithoutCreatingTheRunFolder()
    {
        var (exitCode, _, errors) = TrainerProcess.Run(Valid("--model", "inception-v3"));

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"{_folder["tiny"]}: inception-v3 needs images of at least 75 pixels (these have 8). Pack the images at 75 or more, or choose another model.",
            errors.Trim());
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public void Train_ChangedShard_FailsUnlessVerificationIsSkipped()
    {
        var shard = Path.Combine(Dataset.SplitFolder(_folder["tiny"], Split.Train), "images-00001.npy");
        using (var file = File.OpenWrite(shard))
        {
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(0);
        }

        var refused = TrainerProcess.Run(Valid());
        var unverified = TrainerProcess.Run([.. Valid(), "--no-verify"]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{shard} does not match its checksum", refused.Errors);
        AssertOneLine(refused.Errors);
        Assert.Equal(0, unverified.ExitCode);
    }

    [Fact]
    public void Train_FolderWithARun_SuggestsToResume()
    {
        Assert.Equal(0, TrainerProcess.Run(Valid()).ExitCode);
        var before = File.ReadAllText(_folder["runs/sgd/run.json"]);

        var (exitCode, _, errors) = TrainerProcess.Run(Valid());

        Assert.Equal(1, exitCode);
        Assert.Contains($"Cgh.Trainer resume {_folder["runs/sgd"]}", errors);
        AssertOneLine(errors);
        Assert.Equal(before, File.ReadAllText(_folder["runs/sgd/run.json"]));
    }

    [Fact]
    public void Train_FolderInUseByAnotherProcess_NamesTheProcess()
    {
        Directory.CreateDirectory(_folder["runs/sgd"]);
        using var held = RunLock.Take(new RunFolder(_folder["runs/sgd"]), attempt: null);

        var (exitCode, _, errors) = TrainerProcess.Run(Valid());

        Assert.Equal(1, exitCode);
        Assert.Contains($"is in use by process {Environment.ProcessId} on {Environment.MachineName}", errors);
        AssertOneLine(errors);
        Assert.False(File.Exists(_folder["runs/sgd/run.json"]));
    }

    [Fact]
    public void Resume_FolderWithoutARun_ReportsThatThereIsNoRun()
    {
        var (exitCode, _, errors) = TrainerProcess.Run("resume", _folder["tiny"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("contains no run", errors);
        AssertOneLine(errors);
    }

    [Theory]
    [InlineData("--learning-rate")]
    [InlineData("--lr")]
    public void Train_LearningRateOrItsAlias_IsRecordedInTheSpec(string option)
    {
        Assert.Equal(0, TrainerProcess.Run(Valid(option, "0.0125", "--epochs", "1")).ExitCode);

        Assert.Equal(0.0125, new RunFolder(_folder["runs/sgd"]).Load().Spec.LearningRate);
    }

    [Fact]
    public void Train_LossNotFinite_FailsAndKeepsTheLastGoodCheckpoint()
    {
        // The learning rate is 0.01 in the first epoch and 1e35 in the second.
        var (exitCode, _, errors) = TrainerProcess.Run(Valid("--lr", "0.01", "--schedule", "step", "--step-every", "1", "--step-factor", "1e37"));
        var record = new RunFolder(_folder["runs/sgd"]).Load();

        Assert.Equal(1, exitCode);
        Assert.Contains("training diverged (", errors);
        AssertOneLine(errors);
        Assert.Equal((RunStatus.Failed, errors.Trim()), (record.Status, record.Error));
        Assert.Equal("step-000000006.safetensors", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder["runs/sgd/checkpoints"]))));
        Assert.DoesNotContain("NaN", File.ReadAllText(_folder["runs/sgd/train.csv"]) + File.ReadAllText(_folder["runs/sgd/test.csv"]));
    }

    [Fact]
    public async Task Train_DiskFullAtACheckpoint_FailsWithOneLineAndNoTemporaryFile()
    {
        Directory.CreateDirectory(_folder["runs/sgd/checkpoints"]);
        int exitCode;
        string errors;
        using (await FullDevice.AtAsync(_folder["runs/sgd/checkpoints/step-000000006.safetensors.part"]))
        {
            (exitCode, _, errors) = TrainerProcess.Run(Valid());
        }

        var record = new RunFolder(_folder["runs/sgd"]).Load();

        Assert.Equal(1, exitCode);
        Assert.Contains("Cannot write", errors);
        Assert.Contains("Free disk space", errors);
        AssertOneLine(errors);
        Assert.Equal((RunStatus.Failed, errors.Trim()), (record.Status, record.Error));
        Assert.Empty(Directory.GetFiles(_folder["runs/sgd/checkpoints"]));
        Assert.Equal(0, TrainerProcess.Run("resume", _folder["runs/sgd"]).ExitCode);
    }

    // A valid command line with some changes.
    private string[] Valid(params string[] changes)
    {
        var options = new Dictionary<string, string>
        {
            ["--dataset"] = _folder["tiny"],
            ["--labels"] = TinyDataset.Noisy,
            ["--model"] = "resnet-small",
            ["--epochs"] = "2",
            ["--batch-size"] = "10",
            ["--threads"] = "1",
            ["--device"] = "cpu",
            ["--out"] = _folder["runs"],
        };
        foreach (var change in changes.Chunk(2))
        {
            options[change[0]] = change[1];
        }

        return ["train", .. options.SelectMany(option => new[] { option.Key, option.Value })];
    }

    private static void AssertOneLine(string errors) => Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
