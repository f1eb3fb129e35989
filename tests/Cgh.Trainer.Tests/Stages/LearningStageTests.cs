using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Stages;

[Collection(TorchInOtherProcesses.Name)]
public sealed class LearningStageTests : IDisposable
{
    private const int Images = 120;

    private static readonly StageSpec s_spec = new() { Kind = StageKind.Learning, From = "tracked", By = LearningTime.LastUnlearned, Train = 12, Test = 5 };

    private readonly TemporaryFolder _folder = new();

    public LearningStageTests() => TinyDataset.Create(_folder["data/datasets/tiny"], train: Images);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Derive_TrackedRun_EqualsTheCommandAndDrawsAsNumPyDoes()
    {
        var run = Tracked();

        var stage = Stage(s_spec);

        var command = TrainerProcess.Run("learning", run.Path, "--easy", "17", "--hard", "17", "--by", "last-unlearned", "--out", _folder["command"]);
        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        foreach (var file in new[] { LearningOrder.EasyFile, LearningOrder.HardFile })
        {
            Assert.Equal(File.ReadAllBytes(_folder["command", file]), File.ReadAllBytes(Path.Combine(stage.Path, file)));
        }

        var derived = stage.Load().Derived!;
        Assert.Equal(["easy", "hard", "random"], derived.Artefacts.Select(artefact => artefact.Name));
        Assert.Equal(Sha256OfRecords(run), derived.TrackingSha256);
        var random = new RandomState(3);
        foreach (var name in new[] { "easy", "hard", "random" })
        {
            var examples = name == "random" ? [.. Enumerable.Range(0, Images)] : IndexFile.Read(Path.Combine(stage.Path, $"{name}.csv"), Images).Indices;
            var order = random.Permutation(examples.Length);
            using var subset = Dataset.Open(Path.Combine(stage.Path, name));
            Assert.Equal(order[..12].Select(position => examples[position]).Order(), subset.Subset!.Train);
            Assert.Equal(order[12..17].Select(position => examples[position]).Order(), subset.Subset.Test!);
            Assert.Equal(derived.Artefacts.Single(artefact => artefact.Name == name).Checksum, subset.Checksum());
        }
    }

    [Fact]
    public void Derive_RunTrackedByEvaluation_FindsLearnedWhatASplitFinds()
    {
        Tracked();

        var stage = Stage(s_spec);
        var split = Stage(new StageSpec { Kind = StageKind.Split, From = "tracked", Train = 12, Test = 5 }, "split");

        foreach (var file in new[] { StageSpec.LearnedFile, StageSpec.NotLearnedFile })
        {
            Assert.Equal(File.ReadAllText(Path.Combine(split.Path, file)), File.ReadAllText(Path.Combine(stage.Path, file)));
        }

        Assert.Equal((split.Load().Derived!.Learned, split.Load().Derived!.NotLearned), (stage.Load().Derived!.Learned, stage.Load().Derived!.NotLearned));
    }

    [Fact]
    public void Derive_WithoutTest_TakesTheWholeListsAndTheTestSetOfTheDataset()
    {
        Tracked();

        var stage = Stage(s_spec with { Train = 20, Test = 0, By = null });
        var next = Train(TinyRun.Spec("sgd") with { Name = "next", Dataset = "order/hard", Labels = LabelSet.Original, Epochs = 1 });

        using var hard = Dataset.Open(Path.Combine(stage.Path, "hard"));
        Assert.Equal(IndexFile.Read(Path.Combine(stage.Path, LearningOrder.HardFile), Images).Indices.Order(), hard.Subset!.Train);
        Assert.Null(hard.Subset.Test);
        Assert.Equal((20, 20), (next.Load().Result![Curves.TrainSample].Count, next.Load().Result![Curves.Test].Count));
    }

    [Fact]
    public void Resume_StageKilledBetweenItsSubsets_DerivesTheSame()
    {
        Tracked();
        var stage = Stage(s_spec);
        var expected = Files(stage);

        // As after a kill: running, with one subset and half of another.
        stage.Save(stage.Load() with { Status = RunStatus.Running, Derived = null });
        Directory.Delete(Path.Combine(stage.Path, "random"), recursive: true);
        File.Delete(Path.Combine(stage.Path, "hard", "subset.json"));
        File.Delete(Path.Combine(stage.Path, LearningOrder.HardFile));
        var resumed = TrainerProcess.Run("resume", stage.Path);

        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Errors));
        Assert.Equal(expected, Files(stage));
        Assert.Equal(RunStatus.Completed, stage.Load().Status);
    }

    [Fact]
    public void Derive_TooManyExamples_SaysHowManyThereAre()
    {
        Tracked();

        var (exitCode, errors) = TryTrain(Spec(s_spec with { Train = 60, Test = 1 }, "order"));

        const string expected =
            "tracked has trained on 120 examples, but 122 are needed (60 train + 1 test of each side, easy and hard). Ask for fewer examples.";
        Assert.Equal((1, expected), (exitCode, errors.Trim()));
        var record = new RunFolder(_folder["data/experiments/e/order"]).Load();
        Assert.Equal((RunStatus.Failed, expected), (record.Status, record.Error));
    }

    [Fact]
    public void Derive_RunWithoutTracking_IsRefusedAndStartsNothing()
    {
        Train(TinyRun.Spec("sgd") with { Name = "tracked", Epochs = 1 });

        var (exitCode, errors) = TryTrain(Spec(s_spec, "order"));

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{_folder["data/experiments/e/tracked"]} has no record of what it learned. Train a new run with: ", errors);
        Assert.False(File.Exists(_folder["data/experiments/e/order/easy.csv"]));
    }

    private static string Files(RunFolder stage) => string.Join('\n', Directory.GetFiles(stage.Path, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".npy" or ".csv")
        .Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetRelativePath(stage.Path, file)} {Convert.ToHexString(File.ReadAllBytes(file))}"));

    private static string Sha256OfRecords(RunFolder run)
    {
        var tracking = new TrackingFolder(run);
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var epoch in tracking.LoadInfo().TrackedEpochs())
        {
            hash.AppendData(File.ReadAllBytes(tracking.File(epoch)).AsSpan(^(Images * TrackingRecord.Size)..));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static RunSpec Spec(StageSpec stage, string name) => new() { Name = name, Dataset = "tiny", Seed = 3, Threads = 1, Derive = stage };

    private RunFolder Tracked() => Train(TinyRun.Spec("sgd") with { Name = "tracked", Epochs = 3, TrackLearning = LearningTracking.Evaluation });

    private RunFolder Stage(StageSpec stage, string name = "order") => Train(Spec(stage, name));

    private RunFolder Train(RunSpec spec)
    {
        Assert.Equal((0, ""), TryTrain(spec));
        return new RunFolder(_folder["data/experiments/e", spec.Name]);
    }

    private (int ExitCode, string Errors) TryTrain(RunSpec spec)
    {
        var file = _folder[$"{spec.Name}.json"];
        CghJson.Save(file, spec);
        var (exitCode, _, errors) = TrainerProcess.Run("train", "--spec", file, "--data", _folder["data"], "--out", _folder["data/experiments/e"]);
        return (exitCode, errors);
    }
}
