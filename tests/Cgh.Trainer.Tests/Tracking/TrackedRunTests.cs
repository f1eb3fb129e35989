using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Tracking;

[Collection(TorchInOtherProcesses.Name)]
public sealed class TrackedRunTests : IDisposable
{
    private const int Epochs = 5;
    private readonly TemporaryFolder _folder = new();

    public TrackedRunTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_TrackedByEvaluation_RecordsWhatTheCurvesSay()
    {
        var run = Train("--track-learning", "evaluation", "--track-every", "2");
        using var dataset = Dataset.Open(_folder["tiny"]);
        var examples = dataset.Labels(TinyDataset.Noisy).Examples;

        foreach (var epoch in new[] { 0, 2, 4, 5 })
        {
            var records = Records(run, epoch);
            Assert.All(records, record => Assert.True(record.IsSeen));
            AssertAccuracy(Curves.Pristine, examples.Pristine);
            AssertAccuracy(Curves.Corrupt, examples.Corrupt);

            void AssertAccuracy(string curve, int[] set) => Assert.Equal(
                run.ReadCurve(curve)[epoch][3], 100.0 * set.Count(example => records[example].IsRight) / set.Length, 1e-4);
        }

        Assert.Equal(4, Directory.GetFiles(new TrackingFolder(run).Path, "*.npy").Length);
        var times = LearningTimes.Read(run, dataset);
        Assert.Equal([0, 2, 4, 5], times.Epochs);
        Assert.Equal(1 + 60, File.ReadAllLines(Path.Combine(run.Path, LearningFiles.Csv)).Length);
    }

    [Fact]
    public void Train_TrackedByTraining_MarksSkippedExamplesAndLeavesTheRunAsItIs()
    {
        // Mini-batches of 7: the last one of 60 has 4 examples, which m3's three groups cannot share.
        var plain = Train("--rule", "m3", "--name", "plain");
        var run = Train("--rule", "m3", "--track-learning", "training");

        Assert.Equal(File.ReadAllBytes(plain.Model), File.ReadAllBytes(run.Model));
        Assert.Equal(File.ReadAllText(plain.Csv(Curves.Train)), File.ReadAllText(run.Csv(Curves.Train)));
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            Assert.Equal(56, Records(run, epoch).Count(record => record.IsSeen));
        }

        Assert.False(File.Exists(new TrackingFolder(run).File(Epochs)));
    }

    [Fact]
    public void Learning_EasyAndHard_AreDisjointAndCanBePacked()
    {
        var run = Train("--track-learning", "evaluation");

        var (exitCode, output, errors) = TrainerProcess.Run(
            "learning", run.Path, "--easy", "10", "--hard", "12", "--by", "last-unlearned", "--out", _folder["derived"]);

        Assert.Equal(("", 0), (errors, exitCode));
        Assert.Contains("60 examples at 6 tracked epochs", output);
        Assert.Equal(File.ReadAllBytes(Path.Combine(run.Path, LearningFiles.Npy)), File.ReadAllBytes(_folder["derived/learning.npy"]));
        var (easy, hard) = (File.ReadAllLines(_folder["derived/easy.csv"]), File.ReadAllLines(_folder["derived/hard.csv"]));
        Assert.Equal(("index", 11, "index", 13), (easy[0], easy.Length, hard[0], hard.Length));
        Assert.Empty(easy.Skip(1).Intersect(hard.Skip(1)));
    }

    [Fact]
    public void Learning_RunWithoutTracking_SaysHowToTrackAndThatWorks()
    {
        AssertRefused(
            Train("--name", "plain"),
            "learning",
            "has no record of what it learned. Train a new run with: Cgh.Trainer train --track-learning evaluation");

        Assert.Equal(0, TrainerProcess.Run("learning", Train("--track-learning", "evaluation").Path).ExitCode);
    }

    [Fact]
    public void Learning_TooManyEasyAndHard_SaysHowManyThereAre()
    {
        var (exitCode, _, errors) = TrainerProcess.Run("learning", Train("--track-learning", "evaluation").Path, "--easy", "40", "--hard", "21");

        Assert.Equal(2, exitCode);
        Assert.Equal("40 easy and 21 hard examples are more than the 60 that the run trained on. Reduce --easy or --hard.", errors.Trim());
    }

    [Theory]
    [InlineData(LearningTracking.Off, LearningTracking.Evaluation, "the run began with trackLearning off, and run.json has trackLearning evaluation every 1.")]
    [InlineData(LearningTracking.Training, LearningTracking.Off, "the run began with trackLearning training every 1, and run.json has trackLearning off.")]
    public void Resume_TrackingChangedInMidRun_IsRefusedAndTheAdviceWorks(LearningTracking before, LearningTracking after, string message)
    {
        var run = Train("--track-learning", Word(before));
        var record = run.Load() with { Status = RunStatus.Interrupted };
        run.Save(record with { Spec = record.Spec with { TrackLearning = after } });

        AssertRefused(run, "resume", message);

        run.Save(record);
        Assert.Equal(0, TrainerProcess.Run("resume", run.Path).ExitCode);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(1, null)]
    public void Resume_TrackEveryOfOneWrittenOtherwise_Continues(int? before, int? after)
    {
        var run = Train(before is null ? ["--track-learning", "training"] : ["--track-learning", "training", "--track-every", "1"]);
        var record = run.Load();
        Assert.Equal(before, record.Spec.TrackEvery);
        run.Save(record with { Status = RunStatus.Interrupted, Spec = record.Spec with { TrackEvery = after } });

        var (exitCode, _, errors) = TrainerProcess.Run("resume", run.Path);

        Assert.Equal(("", 0), (errors, exitCode));
    }

    [Fact]
    public void ResumeAndLearning_FileMissingTruncatedOrOfAnotherDataset_AreRefusedByName()
    {
        var run = Train("--track-learning", "evaluation");
        run.Save(run.Load() with { Status = RunStatus.Interrupted });
        var tracking = new TrackingFolder(run);
        var (file, content) = (tracking.File(2), File.ReadAllBytes(tracking.File(2)));

        File.Delete(file);
        AssertBothRefused($"{file} is missing. Restore it, or train a new run.");
        File.WriteAllBytes(file, content[..^1]);
        AssertBothRefused($"{file} does not hold the records of 60 examples: it is damaged or of another dataset.");
        File.WriteAllBytes(file, content);
        var info = File.ReadAllText(tracking.Info);
        File.WriteAllText(tracking.Info, info.Replace(tracking.LoadInfo().Dataset, new string('0', 64), StringComparison.Ordinal));
        AssertBothRefused($"{tracking.Info} does not fit the run: it is of another dataset than {_folder["tiny"]}.");
        File.Delete(tracking.Info);
        AssertBothRefused($"{tracking.Info} is missing. Restore it, or train a new run.");

        File.WriteAllText(tracking.Info, info);
        Assert.Equal(0, TrainerProcess.Run("learning", run.Path).ExitCode);
        Assert.Equal(0, TrainerProcess.Run("resume", run.Path).ExitCode);

        void AssertBothRefused(string message)
        {
            AssertRefused(run, "learning", message);
            AssertRefused(run, "resume", message);
        }
    }

    private static void AssertRefused(RunFolder run, string command, string message)
    {
        var (exitCode, _, errors) = TrainerProcess.Run(command, run.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains(message, errors);
        Assert.Single(errors.Trim().Split('\n'));
    }

    private static TrackingRecord[] Records(RunFolder run, int epoch)
    {
        var bytes = new byte[60 * TrackingRecord.Size];
        new TrackingFolder(run).Read(epoch, bytes);
        return [.. bytes.Chunk(TrackingRecord.Size).Select(record => TrackingRecord.Read(record))];
    }

    private static string Word(LearningTracking mode) => mode.ToString().ToLowerInvariant();

    private RunFolder Train(params string[] options)
    {
        string[] arguments =
        [
            "train", "--dataset", _folder["tiny"], "--labels", TinyDataset.Noisy, "--model", "resnet-small", "--epochs", "5", "--batch-size", "7",
            "--learning-rate", "0.05", "--threads", "1", "--device", "cpu", "--out", _folder["runs"], .. options,
        ];
        var name = options.Contains("--name") ? "plain" : "run";
        string[] named = options.Contains("--name") ? arguments : [.. arguments, "--name", name];
        var (exitCode, _, errors) = TrainerProcess.Run(named);
        Assert.Equal(("", 0), (errors, exitCode));
        return new RunFolder(_folder[Path.Combine("runs", name)]);
    }
}
