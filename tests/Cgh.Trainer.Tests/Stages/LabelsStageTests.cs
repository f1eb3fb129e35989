using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Stages;

[Collection(TorchInOtherProcesses.Name)]
public sealed class LabelsStageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _dataset;

    public LabelsStageTests() => _dataset = TinyDataset.Create(_folder["data/datasets/tiny"], train: 100);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Derive_RunOnNoisyLabels_CorrectsThemForTheNextRun()
    {
        var noisy = Train(TinyRun.Spec("sgd") with { Name = "noisy", Epochs = 4 });
        Train(new RunSpec { Name = "clean", Dataset = "tiny", Threads = 1, Derive = new() { Kind = StageKind.Labels, From = "noisy", Confidence = 0.3 } });
        var next = Train(TinyRun.Spec("sgd") with { Name = "next", Labels = "clean/corrected", Epochs = 1 });

        var stage = new RunFolder(_folder["data/experiments/e/clean"]);
        var derived = stage.Load().Derived!;
        using var dataset = Dataset.Open(_dataset);
        var given = dataset.Labels(TinyDataset.Noisy).Labels;
        var corrected = dataset.Labels(derived.LabelSet!).Labels;
        Assert.Equal(corrected, NpyFile.ReadInt64(Path.Combine(stage.Path, "corrected.npy")));
        var changes = File.ReadAllLines(Path.Combine(stage.Path, "changes.csv"))[1..].Select(line => line.Split(',')).ToList();
        Assert.True(changes.Count > 0, "No label was corrected.");
        Assert.Equal(changes.Count, derived.Changed);
        Assert.All(changes, change => Assert.True(double.Parse(change[3], System.Globalization.CultureInfo.InvariantCulture) >= 0.3));
        Assert.Equal(
            Enumerable.Range(0, given.Length).Where(i => given[i] != corrected[i]).Select(i => $"{i},{given[i]},{corrected[i]}"),
            changes.Select(change => string.Join(',', change[..3])));

        // What the model does not predict is corrected, so its wrong examples decrease.
        Assert.Equal(derived.LabelSet, next.Load().Spec.Labels);
        Assert.Equal(TinyDataset.Noisy, noisy.Load().Spec.Labels);
    }

    [Fact]
    public void Train_LabelsOfAStageThatHasNotCompleted_IsRefusedInALine()
    {
        var spec = _folder["spec.json"];
        CghJson.Save(spec, TinyRun.Spec("sgd") with { Labels = "clean/corrected" });

        var (exitCode, _, errors) = TrainerProcess.Run("train", "--spec", spec, "--data", _folder["data"], "--out", _folder["data/experiments/e"]);

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"labels 'clean/corrected': {_folder["data/experiments/e/clean"]} has derived no labels. "
                + "Name a completed stage of kind labels or suspects, or a label set.",
            errors.Trim());
    }

    private RunFolder Train(RunSpec spec)
    {
        var file = _folder[$"{spec.Name}.json"];
        CghJson.Save(file, spec);
        var trained = TrainerProcess.Run("train", "--spec", file, "--data", _folder["data"], "--out", _folder["data/experiments/e"]);
        Assert.Equal((0, ""), (trained.ExitCode, trained.Errors));
        return new RunFolder(_folder["data/experiments/e", spec.Name]);
    }
}
