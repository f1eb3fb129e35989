using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Stages;

[Collection(TorchInOtherProcesses.Name)]
public sealed class SplitStageTests : IDisposable
{
    private const int Images = 120;

    private readonly TemporaryFolder _folder = new();
    private readonly string _run;

    public SplitStageTests()
    {
        TinyDataset.Create(_folder["data/datasets/tiny"], train: Images);
        _run = _folder["data/experiments/e/short"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Split_CompletedRun_DrawsEasyHardAndRandomExamples()
    {
        Train();

        var result = TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--seed", "3", "--threads", "1");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        var stage = new RunFolder(_run + "-split");
        var derived = stage.Load().Derived!;
        var learned = IndexFile.Read(Path.Combine(stage.Path, "learned_examples.csv"), Images).Indices;
        var notLearned = IndexFile.Read(Path.Combine(stage.Path, "not_learned_examples.csv"), Images).Indices;
        Assert.Equal(Enumerable.Range(0, Images), learned.Concat(notLearned).Order());
        Assert.Equal((learned.Length, notLearned.Length), (derived.Learned, derived.NotLearned));
        Assert.Equal(["easy", "hard", "random"], derived.Artefacts.Select(artefact => artefact.Name));

        // As NumPy draws them.
        var random = new RandomState(3);
        foreach (var (name, examples) in new[] { ("easy", learned), ("hard", notLearned), ("random", Enumerable.Range(0, Images).ToArray()) })
        {
            using var subset = Dataset.Open(Path.Combine(stage.Path, name));
            var order = random.Permutation(examples.Length);
            Assert.Equal(order[..12].Select(position => examples[position]).Order(), subset.Subset!.Train);
            Assert.Equal(order[12..17].Select(position => examples[position]).Order(), subset.Subset.Test!);
            Assert.Equal(derived.Artefacts.Single(artefact => artefact.Name == name).Checksum, subset.Checksum());
        }
    }

    [Fact]
    public void Split_RunThatFitsTheTrainingSample_CallsLearnedWhatTheEvaluationCountsAsRight()
    {
        Train();
        TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--threads", "1");

        // All training examples are in the train sample.
        var accuracy = new RunFolder(_run).Load().Result![Curves.TrainSample];
        Assert.Equal((Images, accuracy.Acc1), (accuracy.Count, 100.0 * new RunFolder(_run + "-split").Load().Derived!.Learned!.Value / Images));
    }

    [Fact]
    public void Split_TooFewOfASide_SaysHowManyThereAreAndWhatToChange()
    {
        Train();

        var (exitCode, _, errors) = TrainerProcess.Run("split", _run, "--train", "50", "--test", "9", "--threads", "1");

        var stage = new RunFolder(_run + "-split");
        Assert.Equal(1, exitCode);
        Assert.Matches(
            "^short has learned [0-9]+ of 120 training examples and not learned [0-9]+, but 59 of each are needed \\(50 train \\+ 9 test\\)\\. "
            + "Train it for (more|fewer) epochs, or ask for fewer examples\\.$",
            errors.Trim());
        Assert.Equal((RunStatus.Failed, errors.Trim()), (stage.Load().Status, stage.Load().Error));
        Assert.False(Directory.Exists(Path.Combine(stage.Path, "easy")));
    }

    [Fact]
    public void Resume_StageKilledBetweenItsSubsets_DerivesTheSame()
    {
        Train();
        TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--threads", "1");
        var stage = new RunFolder(_run + "-split");
        var expected = Files(stage);

        // As after a kill: running, with one subset and half of another, which was drawn on another kind of machine.
        var record = stage.Load();
        stage.Save(record with { Status = RunStatus.Running, Derived = null });
        Directory.Delete(Path.Combine(stage.Path, "random"), recursive: true);
        File.Delete(Path.Combine(stage.Path, "hard", "subset.json"));
        File.WriteAllText(Path.Combine(stage.Path, "hard", "train.npy"), "other");
        var resumed = TrainerProcess.Run("resume", stage.Path);

        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Errors));
        Assert.Equal(expected, Files(stage));
        Assert.Equal(RunStatus.Completed, stage.Load().Status);
    }

    [Fact]
    public void Train_DatasetOfAStage_TrainsOnItAndNeedsNoPath()
    {
        Train();
        TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--threads", "1");

        Train("easy", "short-split/easy", batchSize: 6);

        var result = new RunFolder(_folder["data/experiments/e/easy"]).Load().Result!;
        Assert.Equal((12, 5, 20), (result[Curves.TrainSample].Count, result[Curves.Test].Count, result[Curves.OriginalTest].Count));
    }

    [Theory]
    [InlineData("has not completed (it is interrupted). Resume it first: Cgh.Trainer resume ")]
    public void Split_RunNotCompleted_IsRefusedWithTheCommandThatResumesIt(string failure)
    {
        Train();
        var run = new RunFolder(_run);
        run.Save(run.Load() with { Status = RunStatus.Interrupted });

        var (exitCode, _, errors) = TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--threads", "1");

        Assert.Equal((1, $"{_run} {failure}{_run}"), (exitCode, errors.Trim()));
        Assert.False(Directory.Exists(_run + "-split"));

        // The advice.
        Assert.Equal(0, TrainerProcess.Run("resume", _run).ExitCode);
        Assert.Equal(0, TrainerProcess.Run("split", _run, "--train", "12", "--test", "5", "--threads", "1").ExitCode);
    }

    private static string Files(RunFolder stage) => string.Join('\n', Directory.GetFiles(stage.Path, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".npy" or ".csv")
        .Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetRelativePath(stage.Path, file)} {Convert.ToHexString(File.ReadAllBytes(file))}"));

    // One epoch with noisy labels: about half of them are learned.
    private void Train(string name = "short", string dataset = "tiny", int batchSize = 10)
    {
        var spec = _folder[$"{name}.json"];
        CghJson.Save(spec, TinyRun.Spec("sgd") with
        {
            Name = name,
            Dataset = dataset,
            Labels = name == "short" ? TinyDataset.Noisy : LabelSet.Original,
            BatchSize = batchSize,
        });
        var trained = TrainerProcess.Run("train", "--spec", spec, "--data", _folder["data"], "--out", _folder["data/experiments/e"]);
        Assert.Equal((0, ""), (trained.ExitCode, trained.Errors));
    }
}
