using System.Text.Json;
using Cgh.Client.Planning;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Planning;

[Collection(TorchInOtherProcesses.Name)]
public sealed class PlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Plan_ExistingDataset_EqualsTheActualRuns()
    {
        // 60 images in mini-batches of 14: four complete ones and a remainder of 4, which m3 skips (three groups need 6).
        TinyDataset.Create(_folder["data", "datasets", "tiny"]);
        var recipe = Written("""
            { "dataset": { "name": "tiny" },
              "defaults": { "model": "resnet-small", "labels": "noisy", "epochs": 2, "batchSize": 14, "device": "cpu", "threads": 1 },
              "runs": [ { "name": "sgd", "momentum": 0.9 }, { "name": "m3", "rule": "m3" }, { "name": "median", "rule": "median:5" },
                        { "name": "tracked", "trackLearning": "evaluation" }, { "name": "coherent", "coherenceEvery": 1, "coherenceExamples": 20 } ] }
            """);

        var plan = Plan(recipe);

        foreach (var run in plan.Runs)
        {
            var spec = Recipe.Load(recipe).Runs.Single(spec => spec.Name == run.Name);
            CghJson.Save(_folder["spec.json"], spec with { Dataset = _folder["data", "datasets", "tiny"] });
            Assert.Equal(0, TrainerProcess.Run("train", "--spec", _folder["spec.json"], "--out", _folder["runs"]).ExitCode);
            var done = new RunFolder(_folder["runs", run.Name]);
            Assert.Equal(done.Load().TotalSteps, run.Steps);
            Assert.Equal(run.Name == "m3" ? 112 : 120, run.ImagesTrained);
            Assert.Equal(3 * (60 + 20), run.ImagesEvaluated);
            Assert.InRange(
                Directory.GetFiles(done.Checkpoints).Sum(file => new FileInfo(file).Length),
                1.95 * run.CheckpointBytes!.Value,
                2.1 * run.CheckpointBytes.Value);
            Assert.InRange(
                Directory.GetFiles(done.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length),
                0.9 * run.FolderBytes!.Value,
                1.1 * run.FolderBytes.Value);
        }
    }

    [Fact]
    public void Plan_DemoNotGenerated_UsesTheRecipesCounts()
    {
        var recipe = Written("""
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 1000, "test": 200, "side": 8 } }, "labels": [ { "name": "n", "fraction": 0.5 } ],
              "defaults": { "model": "resnet-small", "labels": "n", "epochs": 3, "batchSize": 100 }, "runs": [ { "name": "rm3", "rule": "rm3" } ] }
            """);

        var plan = Plan(recipe, "--images-per-second", "100");

        var run = Assert.Single(plan.Runs);
        Assert.Equal((30L, 3000L, 4L * 1200), (run.Steps, run.ImagesTrained, run.ImagesEvaluated));
        Assert.Equal(((3000 / 100.0) + (4800 / 300.0)) / 3600, Assert.Single(run.Hours).Hours, 1e-9);
        Assert.False(Assert.Single(run.Hours).Rate.Measured);
        Assert.Equal(8000, plan.Dataset.LabelSetBytes);
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public void Plan_UnknownImageCount_ReportsItAndEstimatesNothing()
    {
        var recipe = Written("""{ "dataset": { "name": "d", "source": "/photos" }, "runs": [ { "name": "a" } ] }""");

        var run = Assert.Single(Plan(recipe, "--images-per-second", "100").Runs);
        var (exitCode, output, _) = TrainerProcess.Run("plan", recipe, "--data", _folder["data"]);

        Assert.Equal((null, null, null, null), (run.Steps, run.ImagesTrained, run.FolderBytes, run.Parameters));
        Assert.Empty(run.Hours);
        Assert.Equal(0, exitCode);
        Assert.Contains("Hours: unknown, because the number of images is unknown.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plan_Measure_TimesEveryKindOfRun(bool packed)
    {
        if (packed)
        {
            TinyDataset.Create(_folder["data", "datasets", "d"]);
        }

        var recipe = Written("""
            { "dataset": { "name": "d", "side": 8, "shortSide": 8, "counts": { "classes": 5, "train": 60, "test": 20 } },
              "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 20, "device": "cpu", "threads": 1 },
              "runs": [ { "name": "a" }, { "name": "a-again", "seed": 1, "learningRate": 0.3 }, { "name": "m3", "rule": "m3" },
                        { "name": "crop", "augmentation": "crop-flip", "cropSide": 6 }, { "name": "tracked", "trackLearning": "evaluation" },
                        { "name": "coherent", "coherenceEvery": 1 } ] }
            """);

        var (exitCode, output, errors) = TrainerProcess.Run("plan", recipe, "--measure", "--json", "--data", _folder["data"]);

        string Line(string rule) => $"Timing resnet-small with {rule}, batch size 20 ...\n";
        Assert.Equal((0, Line("sgd") + Line("m3") + Line("sgd") + Line("sgd")), (exitCode, errors));
        var plan = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
        Assert.Equal(plan.Runs[0].Hours, plan.Runs[1].Hours);
        Assert.Equal(plan.Runs[0].Hours, plan.Runs[4].Hours);
        Assert.All(plan.Runs, run => Assert.True(Assert.Single(run.Hours) is { Rate: { Measured: true, Train: > 0, Evaluate: > 0 }, Hours: > 0 }));
    }

    [Theory]
    [InlineData("--images-per-second 0", "--images-per-second must be above 0 (it is 0).")]
    [InlineData("--images-per-second 5 --measure", "--images-per-second and --measure cannot be used together. Remove one.")]
    [InlineData("--measure", "Cannot measure: dataset 'd' is not packed and the recipe does not give its number of classes.")]
    public void Plan_InvalidOptions_PrintsOneLine(string options, string expected)
    {
        var recipe = Written("""{ "dataset": { "name": "d" }, "runs": [ { "name": "a" } ] }""");

        var (exitCode, output, errors) = TrainerProcess.Run(["plan", recipe, "--data", _folder["data"], .. options.Split(' ')]);

        Assert.NotEqual(0, exitCode);
        Assert.Empty(output);
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
    }

    private string Written(string text)
    {
        File.WriteAllText(_folder["recipe.json"], text);
        return _folder["recipe.json"];
    }

    private ExperimentPlan Plan(string recipe, params string[] options)
    {
        var (exitCode, output, errors) = TrainerProcess.Run(["plan", recipe, "--json", "--data", _folder["data"], .. options]);
        Assert.Equal((0, ""), (exitCode, errors));
        return JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
    }
}
