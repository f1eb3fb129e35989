using System.CommandLine;
using System.Text.Json;
using Cgh.Client.Commands;
using Cgh.Client.Planning;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Spectre.Console;

namespace Cgh.Client.Tests;

[Collection("Redirects the console")]
public sealed class PlanCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Plan_WithoutTorch_EstimatesEverythingExceptModels()
    {
        var recipe = Path.Combine(AppContext.BaseDirectory, "recipes", "demo.json");

        var (exitCode, output) = await RunAsync("plan", recipe, "--data", _folder["data"], "--images-per-second", "100", "--json");

        Assert.Equal(0, exitCode);
        var plan = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
        Assert.Equal(Recipe.Load(recipe).Runs.Select(run => run.Name), plan.Runs.Select(run => run.Name));
        Assert.All(plan.Runs, run =>
        {
            Assert.NotNull(run.Steps);
            Assert.NotNull(run.ImagesEvaluated);
            Assert.Equal(100, Assert.Single(run.Hours).Rate.Train);
            Assert.Equal((null, null, null), (run.Parameters, run.FolderBytes, run.CheckpointBytes));
        });
        Assert.NotNull(plan.Dataset.Bytes);
        Assert.Empty(plan.Disks);
    }

    [Fact]
    public async Task Plan_WithoutTorch_HasNoColumnForTheRunFolder()
    {
        var console = AnsiConsole.Console;
        using var table = new StringWriter();
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(table), Ansi = AnsiSupport.No });
        AnsiConsole.Profile.Width = 200;
        try
        {
            await RunAsync("plan", Path.Combine(AppContext.BaseDirectory, "recipes", "demo.json"), "--data", _folder["data"], "--images-per-second", "100");
        }
        finally
        {
            AnsiConsole.Console = console;
        }

        Assert.Equal(
            ["Run", "Steps", "Trained", "Evaluated", "Hours (a)"],
            table.ToString().Split('\n').First(line => line.Contains("Steps", StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries)
                .Select(header => header.Trim()).Where(header => header.Length > 0));
        Assert.DoesNotContain("unknown", table.ToString());
    }

    [Fact]
    public async Task Plan_WithoutTorch_SkipsTheSameMiniBatchesAsM3()
    {
        // 60 images in mini-batches of 14: four complete ones and a remainder of 4, which m3 skips (three groups need 6).
        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 60, "test": 20, "side": 8 } },
              "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 14 }, "runs": [ { "name": "sgd" }, { "name": "m3", "rule": "m3" } ] }
            """);

        var (_, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--json");

        Assert.Equal([10L, 8L], JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!.Runs.Select(run => run.Steps!.Value));
    }

    [Fact]
    public async Task Plan_RecipeWithStages_CountsTheirExamplesAndThoseOfTheRunsAfterThem()
    {
        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 400, "test": 50, "side": 8 } },
              "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 20 },
              "runs": [
                { "name": "short-{seed}", "seeds": [0, 1] },
                { "name": "split-{seed}", "seeds": [0, 1], "derive": { "kind": "split", "from": "short-{seed}", "train": 100, "test": 20 } },
                { "name": "easy-{seed}", "seeds": [0, 1], "dataset": "split-{seed}/easy" } ] }
            """);

        var (exitCode, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--images-per-second", "100", "--json");

        Assert.Equal(0, exitCode);
        var runs = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!.Runs.ToDictionary(run => run.Name);
        Assert.Equal((40L, 800L), (runs["short-0"].Steps, runs["short-0"].ImagesTrained));
        // Every training example once, three times as fast as training.
        Assert.Equal((0L, 0L, 400L), (runs["split-1"].Steps, runs["split-1"].ImagesTrained, runs["split-1"].ImagesEvaluated));
        Assert.Equal(400.0 / 300 / 3600, Assert.Single(runs["split-1"].Hours).Hours, 1e-9);
        // Three evaluations of the pristine examples and the train sample, which are all, of its own test set and of the dataset's.
        Assert.Equal((10L, 200L, 3L * (100 + 20 + 50)), (runs["easy-1"].Steps, runs["easy-1"].ImagesTrained, runs["easy-1"].ImagesEvaluated));
    }

    [Fact]
    public async Task Plan_TrackedRun_CountsThePassesOverAllTrainingExamples()
    {
        // The sets of an evaluation are 50,000 pristine examples and a sample of 50,000: disjoint ends of one permutation of 200,000.
        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 200000, "test": 50, "side": 8 } },
              "defaults": { "model": "resnet-small", "epochs": 3, "batchSize": 1000 },
              "runs": [ { "name": "plain" }, { "name": "every", "trackLearning": "evaluation" },
                        { "name": "second", "trackLearning": "evaluation", "trackEvery": 2 }, { "name": "training", "trackLearning": "training" } ] }
            """);

        var (exitCode, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--images-per-second", "100", "--json");

        Assert.Equal(0, exitCode);
        var runs = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!.Runs;
        // Epochs 0, 2 and 3 of 0 to 3 are tracked with every second.
        Assert.Equal(
            [4 * 100_050L, 4 * 200_050L, (3 * 200_050L) + 100_050L, 4 * 100_050L],
            runs.Select(run => run.ImagesEvaluated!.Value));
        Assert.Equal((600_000 / 100.0 + (4 * 200_050 / 300.0)) / 3600, runs[1].Hours[0].Hours, 1e-9);
        Assert.All(runs, run => Assert.Equal(0L, run.ImagesMeasured));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    public async Task Plan_RunThatMeasuresCoherence_CountsItsImagesAtTheTrainingRate(int every, int measurements)
    {
        File.WriteAllText(_folder["recipe.json"], $$"""
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 400, "test": 50, "side": 8 } },
              "labels": [ { "name": "noisy", "fraction": 0.2 } ],
              "defaults": { "model": "resnet-small", "epochs": 3, "batchSize": 20, "coherenceEvery": {{every}} },
              "runs": [ { "name": "real" }, { "name": "noisy", "labels": "noisy", "coherenceExamples": 100 } ] }
            """);

        var (exitCode, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--images-per-second", "100", "--json");

        Assert.Equal(0, exitCode);
        var runs = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!.Runs;
        var corrupt = CorruptOf(400, classes: 10, fraction: 0.2);
        Assert.InRange(corrupt, 50, 90);
        // A sample of all examples, which are fewer than 1,000; with corrupt labels, also one of the pristine and one of the corrupt examples.
        Assert.Equal([measurements * 400L, measurements * (100L + 100 + corrupt)], runs.Select(run => run.ImagesMeasured!.Value));
        Assert.Equal(((1200 + (measurements * 400)) / 100.0 + (4 * 450 / 300.0)) / 3600, runs[0].Hours[0].Hours, 1e-9);
    }

    [Fact]
    public async Task Plan_StagesOfEveryKind_CountThePassOfThoseThatHaveAModel()
    {
        File.WriteAllText(_folder["list.csv"], "index\n1\n2\n3\n");
        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "d", "demo": { "classes": 10, "train": 400, "test": 50, "side": 8 } },
              "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 2 },
              "runs": [
                { "name": "tracked", "trackLearning": "training" },
                { "name": "split", "derive": { "kind": "split", "from": "tracked", "train": 100, "test": 20 } },
                { "name": "labels", "derive": { "kind": "labels", "from": "tracked" } },
                { "name": "learning", "derive": { "kind": "learning", "from": "tracked", "train": 100 } },
                { "name": "subset", "derive": { "kind": "subset", "indices": "list.csv" } },
                { "name": "on-easy", "dataset": "split/easy" },
                { "name": "of-easy", "derive": { "kind": "split", "from": "on-easy", "train": 10, "test": 5 } },
                { "name": "on-hard", "dataset": "learning/hard" } ] }
            """);

        var (exitCode, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--images-per-second", "100", "--json");

        Assert.Equal(0, exitCode);
        var runs = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!.Runs.ToDictionary(run => run.Name);
        Assert.Equal(
            [400L, 400L, 0L, 0L, 100L],
            new[] { "split", "labels", "learning", "subset", "of-easy" }.Select(name => runs[name].ImagesEvaluated!.Value));
        Assert.Equal(400.0 / 300 / 3600, Assert.Single(runs["labels"].Hours).Hours, 1e-9);
        // Without test examples of its own, a subset has those of the dataset.
        Assert.Equal((100L, 3L * (100 + 50)), (runs["on-hard"].Steps, runs["on-hard"].ImagesEvaluated));
    }

    [Theory]
    [InlineData("fashion-mnist", 10)]
    [InlineData("cifar10", 10)]
    [InlineData("cifar100", 100)]
    public async Task Plan_RecipeOfANamedSource_KnowsItsImagesBeforeItIsPacked(string recipe, int classes)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "recipes", $"{recipe}.json");

        var (exitCode, output) = await RunAsync("plan", path, "--data", _folder["data"], "--json");

        Assert.Equal(0, exitCode);
        var plan = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
        Assert.Equal(new DatasetCounts { Classes = classes, Train = 10_000, Test = 10_000 }, plan.Dataset.Counts);
        Assert.Equal(["sgd", "ra3", "rm3", "m3"], plan.Runs.Select(run => run.Name));
    }

    [Fact]
    public async Task Plan_NamedSourceThatIsMissing_SaysWhereToGetIt()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "recipes", "cifar10.json");

        var (_, missing) = await RunAsync("plan", path, "--data", _folder["data"]);
        Directory.CreateDirectory(_folder["data", "sources", "cifar10"]);
        File.WriteAllText(_folder["data", "sources", "cifar10", "cifar-10-python.tar.gz"], "");
        var (_, there) = await RunAsync("plan", path, "--data", _folder["data"]);

        var advice = $" Download https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz to {_folder["data", "sources", "cifar10"]}.";
        Assert.Contains(advice, missing, StringComparison.Ordinal);
        Assert.DoesNotContain(advice, there, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_NamedSource_CountsTheSelectedImages()
    {
        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "d", "source": "fashion-mnist", "perClass": 100, "side": 16, "shortSide": 16 },
              "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 10 }, "runs": [ { "name": "sgd" } ] }
            """);

        var (_, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--json");

        var plan = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
        Assert.Equal(new DatasetCounts { Classes = 10, Train = 1000, Test = 1000 }, plan.Dataset.Counts);
        Assert.Equal(200, Assert.Single(plan.Runs).Steps);
    }

    [Fact]
    public async Task Plan_Subset_CountsItsImagesAndTheOriginalTest()
    {
        WriteDataset(_folder["data", "datasets", "all"], train: 50, val: 20);
        using (var parent = Dataset.Open(_folder["data", "datasets", "all"]))
        {
            Subset.Create(
                _folder["data", "datasets", "easy"],
                parent,
                new() { Name = "easy", Train = [.. Enumerable.Range(0, 40)], Test = [.. Enumerable.Range(40, 5)] });
        }

        File.WriteAllText(_folder["recipe.json"], """
            { "dataset": { "name": "easy" }, "defaults": { "model": "resnet-small", "epochs": 2, "batchSize": 10 }, "runs": [ { "name": "sgd" } ] }
            """);

        var (_, output) = await RunAsync("plan", _folder["recipe.json"], "--data", _folder["data"], "--json");

        var plan = JsonSerializer.Deserialize<ExperimentPlan>(output, CghJson.File)!;
        Assert.Equal(new DatasetCounts { Classes = 2, Train = 40, Test = 5 }, plan.Dataset.Counts);
        Assert.Equal((true, 45 * 8L), (plan.Dataset.Exists, plan.Dataset.Bytes));
        Assert.Equal((8L, 3 * (40L + 5 + 20)), (plan.Runs[0].Steps, plan.Runs[0].ImagesEvaluated));
    }

    [Fact]
    public async Task Plan_InvalidRecipe_ExitsWith2()
    {
        File.WriteAllText(_folder["recipe.json"], """{ "dataset": { "name": "d" }, "runs": [ { "name": "a", "model": "no-such-model" } ] }""");

        Assert.Equal(2, (await RunAsync("plan", _folder["recipe.json"])).ExitCode);
    }

    [Fact]
    public async Task Measure_WithoutTorch_IsUnknown() =>
        Assert.Equal(2, (await RunAsync("plan", Path.Combine(AppContext.BaseDirectory, "recipes", "demo.json"), "--measure")).ExitCode);

    // A plan reads no images.
    private static void WriteDataset(string folder, int train, int val)
    {
        foreach (var (split, images) in new[] { (Split.Train, train), (Split.Val, val) })
        {
            Directory.CreateDirectory(Dataset.SplitFolder(folder, split));
            NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), Enumerable.Range(0, images).Select(image => image % 2L).ToArray());
        }

        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Name = "all",
            Classes = ["a", "b"],
            Side = 8,
            ShortSide = 8,
            Train = new SplitInfo(train, [new ShardInfo("images-00000.npy", train, "")], []),
            Val = new SplitInfo(val, [new ShardInfo("images-00000.npy", val, "")], []),
        });
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] args)
    {
        var output = Console.Out;
        using var captured = new StringWriter();
        Console.SetOut(captured);
        try
        {
            return (await Cgh.Core.CommandLine.RunAsync(new RootCommand("client") { PlanCommand.Create("cgh") }, args), captured.ToString());
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    private static int CorruptOf(int train, int classes, double fraction)
    {
        var balanced = Enumerable.Range(0, train).Select(image => (long)image * classes / train).ToArray();
        return LabelNoise.CountCorrupt(balanced, LabelNoise.Draw(balanced, classes, LabelNoiseKind.Uniform, fraction, seed: 0).Labels);
    }
}
