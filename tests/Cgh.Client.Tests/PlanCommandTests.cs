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
}
