using Cgh.Core.Datasets;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.LabelQuality;

[Collection(TorchInOtherProcesses.Name)]
public sealed class LabelsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_DatasetWithWrongLabels_FindsThemAndTheSecondCallRepeatsTheReport()
    {
        var (dataset, wrong) = MakeWrong(images: 300);
        string[] arguments =
        [
            "labels", "tiny", "--labels", "wrong", "--epochs", "8", "--batch-size", "20", "--threads", "1", "--data", _folder["data"],
            "--out", _folder["s.csv"],
        ];

        var first = TrainerProcess.Run(arguments);
        var table = File.ReadAllText(_folder["s.csv"]);
        var second = TrainerProcess.Run(arguments);

        Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        var run = _folder["data/experiments/labels-tiny-wrong-plant-0.1-seed-0/train"];
        var report = LabelReport.Read($"{run}-labels");
        int[] most = [.. report.Findings.Take(wrong.Count).Select(finding => finding.Index)];
        Assert.InRange(most.Count(wrong.Contains) / (double)wrong.Count, 0.9, 1);
        Assert.StartsWith("index,file,given,suggested,score,suspect,", table);
        Assert.Contains("300 training images of 5 classes at 8 pixels: resnet-small with sgd, 8 epochs, mini-batches of 20, learning rate 0.1.", first.Output);
        Assert.Contains("Expected time: ", first.Output);
        Assert.Contains("Share of wrong labels, estimated: ", first.Output);
        Assert.Equal(("wrong", 300, "original"), (report.Info.Labels, report.Info.Examples, dataset.Labels("wrong").Info.From ?? "original"));
        Assert.InRange(report.Info.Cut.NoiseRate!.Value, 0.1, 0.3);

        // The suggested classes are the right ones, and the corrected labels have them.
        var right = dataset.OriginalLabels(Split.Train);
        var found = report.Suspects.Where(suspect => wrong.Contains(suspect.Index)).ToList();
        Assert.InRange(found.Count(suspect => suspect.Suggested == right[suspect.Index]) / (double)found.Count, 0.9, 1);
        var corrected = dataset.Labels(new RunFolder($"{run}-labels").Load().Derived!.LabelSet!).Labels;
        Assert.All(report.Suspects, suspect => Assert.Equal(suspect.Suggested, corrected[suspect.Index]));

        Assert.Contains($"{run} has been trained.", second.Output);
        Assert.Equal(table, File.ReadAllText(_folder["s.csv"]));

        // A run by its folder, without training.
        var third = TrainerProcess.Run("labels", run, "--out", _folder["r.csv"], "--data", _folder["data"]);
        Assert.Equal((0, ""), (third.ExitCode, third.Errors));
        Assert.Equal(table, File.ReadAllText(_folder["r.csv"]));
    }

    [Fact]
    public void Labels_RunWithoutTracking_SaysHowToTrainOne()
    {
        TinyDataset.Create(_folder["data/datasets/tiny"]);
        var trained = TrainerProcess.Run(
            "train", "--dataset", "tiny", "--model", "resnet-small", "--epochs", "1", "--batch-size", "20", "--threads", "1", "--data", _folder["data"],
            "--out", _folder["runs"]);
        Assert.Equal((0, ""), (trained.ExitCode, trained.Errors));

        var (exitCode, _, errors) = TrainerProcess.Run("labels", _folder["runs/sgd"], "--data", _folder["data"]);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            $"{_folder["runs/sgd"]} has no record of what it learned. Train a new run with: Cgh.Trainer train --track-learning evaluation "
                + "(in a recipe: \"trackLearning\": \"evaluation\").",
            errors.Trim());
    }

    [Fact]
    public void Labels_TooFewImages_IsRefusedBeforeTraining()
    {
        TinyDataset.Create(_folder["data/datasets/tiny"], train: 40);

        var (exitCode, output, errors) = TrainerProcess.Run("labels", "tiny", "--data", _folder["data"]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal("There are 40 training images; labels can be judged with 50 or more. Add images, or look at all of them.", errors.Trim());
    }

    [Theory]
    [InlineData("--out: {0} is a folder, or its folder does not exist. Give the path of a file in an existing folder.", "--out", "{0}")]
    [InlineData("--planted must be between 0 and 0.5 (it is 0.9).", "--planted", "0.9")]
    [InlineData("labels: epochs must be at least 1 (it is 0).", "--epochs", "0")]
    public void Labels_InvalidOption_IsRefusedBeforeTraining(string message, params string[] options)
    {
        TinyDataset.Create(_folder["data/datasets/tiny"]);
        string[] arguments = ["labels", "tiny", "--data", _folder["data"], .. options.Select(option => option.Replace("{0}", _folder.Path))];

        var (exitCode, _, errors) = TrainerProcess.Run(arguments);

        Assert.Equal(2, exitCode);
        Assert.Equal(message.Replace("{0}", _folder.Path), errors.Trim());
    }

    [Fact]
    public void Labels_FolderOfImages_PacksThemFirst()
    {
        for (var image = 0; image < 120; image++)
        {
            WriteBitmap(_folder["photos", $"class-{image % 2}", $"{image}.bmp"], blue: (byte)(image % 2 * 200), seed: image);
        }

        var (exitCode, output, _) = Run(_folder["photos"]);

        Assert.Equal(0, exitCode);
        using var dataset = Dataset.Open(_folder["data/datasets/photos"]);
        Assert.Equal((108, 12), (dataset.Manifest.Train.Images, dataset.Manifest.Val.Images));
        Assert.Contains("Wrote ", output);
        Assert.Contains(",class-", File.ReadAllLines(_folder["data/experiments/labels-photos-plant-0.1-seed-0/train-labels/labels.csv"])[1]);

        // Another folder of the same name must not be judged by these images.
        Directory.CreateDirectory(_folder["other/photos"]);
        var other = Run(_folder["other/photos"]);
        Assert.Equal(
            (1, $"There is a dataset {_folder["data/datasets/photos"]}, packed from {_folder["photos"]} at 16 pixels, not from {_folder["other/photos"]} "
                + "at 16. To use it, give that path; otherwise delete it or rename your folder."),
            (other.ExitCode, other.Errors.Trim()));

        // Nor must the images as they were.
        File.Move(_folder["photos/class-0/0.bmp"], _folder["photos/class-1/0.bmp"]);
        var changed = Run(_folder["photos"]);
        Assert.Equal(1, changed.ExitCode);
        Assert.Matches(
            $"^{_folder["photos"]}.* has changed since {_folder["data/datasets/photos"]} was packed, "
                + $".*use: Cgh.Trainer labels {_folder["data/datasets/photos"]}\n$",
            changed.Errors);
        Directory.Delete(_folder["data/datasets/photos"], recursive: true);
        var packedAgain = Run(_folder["photos"]);
        var run = _folder["data/experiments/labels-photos-plant-0.1-seed-0/train"];
        Assert.Equal(
            (1, $"{run} was trained before {_folder["data/datasets/photos"]} was packed again. Move it away, with the reviews of its reports, to train on the "
                + "images as they are now."),
            (packedAgain.ExitCode, packedAgain.Errors.Trim()));
        Directory.Delete(_folder["data/experiments"], recursive: true);
        Assert.Equal(0, Run(_folder["photos"]).ExitCode);

        (int ExitCode, string Output, string Errors) Run(string images)
        {
            var dataPrep = AppContext.BaseDirectory.Replace("/tests/Cgh.Trainer.Tests/", "/Cgh.DataPrep/");
            var environment = new Dictionary<string, string> { ["PATH"] = $"{dataPrep}:{Environment.GetEnvironmentVariable("PATH")}" };
            using var process = TrainerProcess.StartWith(
                environment, "labels", images, "--side", "16", "--epochs", "2", "--threads", "1", "--data", _folder["data"]);
            return process.Finish();
        }
    }

    private static void WriteBitmap(string path, byte blue, int seed)
    {
        const int side = 32;
        var random = new Random(seed);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("BM"u8);
        writer.Write(54 + (side * side * 3));
        writer.Write(0);
        writer.Write(54);
        writer.Write(40);
        writer.Write(side);
        writer.Write(side);
        writer.Write((short)1);
        writer.Write((short)24);
        writer.Write(new byte[24]);
        for (var pixel = 0; pixel < side * side; pixel++)
        {
            writer.Write(blue);
            writer.Write((byte)random.Next(60));
            writer.Write((byte)random.Next(60));
        }
    }

    // 20% of the labels are redrawn.
    private (Dataset Dataset, HashSet<int> Wrong) MakeWrong(int images)
    {
        var dataset = Dataset.Open(TinyDataset.Create(_folder["data/datasets/tiny"], train: images));
        var set = LabelSet.Create(dataset, fraction: 0.2, seed: 4, "wrong");
        var original = dataset.OriginalLabels(Split.Train);
        return (dataset, [.. Enumerable.Range(0, images).Where(i => set.Labels[i] != original[i])]);
    }
}
