using System.Globalization;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Recording;

/// <summary>
/// Reads an experiment like the authors' analysis script: every folder is a run, whose pristine, train_sample and test CSVs have the columns
/// epoch, loss and acc1; corrupt.csv may be empty except for its header. docs/parity.md explains how to run the script itself.
/// </summary>
[Collection(TorchInOtherProcesses.Name)]
public sealed class AuthorsScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Experiment_WithAndWithoutNoise_IsReadableByTheAuthorsScript()
    {
        var dataset = TinyDataset.Create(_folder["dataset"]);
        foreach (var labels in new[] { TinyDataset.Noisy, "original" })
        {
            var run = TrainerProcess.Run([
                "train", "--dataset", dataset, "--labels", labels, "--model", "resnet-small", "--epochs", "2", "--batch-size", "20",
                "--threads", "1", "--device", "cpu", "--out", _folder["experiment"], "--name", labels,
            ]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        }

        Assert.Equal(0, TrainerProcess.Run("report", _folder["experiment"]).ExitCode);

        Assert.True(File.Exists(new ExperimentFolder(_folder["experiment"]).Report));
        Assert.Equal(
            [TinyDataset.Noisy, "original"],
            Directory.GetDirectories(_folder["experiment"]).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));
        foreach (var run in Directory.GetDirectories(_folder["experiment"]))
        {
            foreach (var curve in Curves.EvaluationSets)
            {
                var table = Read(Path.Combine(run, curve + ".csv"));
                var isEmpty = curve == Curves.Corrupt && Path.GetFileName(run) == "original";
                Assert.Equal(isEmpty ? [] : [0, 1, 2], table["epoch"]);
                Assert.All(table["loss"], loss => Assert.InRange(loss, 0, 1000));
                Assert.All(table["acc1"].Concat(table["acc5"]), accuracy => Assert.InRange(accuracy, 0, 100));
            }
        }
    }

    // Like pandas.read_csv: the first line has the column names, every other line a number for each column.
    private static Dictionary<string, double[]> Read(string path)
    {
        var lines = File.ReadAllLines(path);
        var rows = lines[1..].Select(line => line.Split(',').Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var names = lines[0].Split(',');
        Assert.All(rows, row => Assert.Equal(names.Length, row.Length));
        return names.Select((name, column) => (name, rows.Select(row => row[column]).ToArray())).ToDictionary(pair => pair.name, pair => pair.Item2);
    }
}
