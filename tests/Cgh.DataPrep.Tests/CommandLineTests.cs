using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Commands_InSequence_CreateADatasetWithNoisyLabels()
    {
        var demo = await DataPrepProcess.RunAsync(
            ["demo", "--out", _folder["images"], "--classes", "4", "--train", "40", "--test", "8", "--side", "12", "--seed", "3"]);
        Assert.Equal(0, demo.ExitCode);

        var pack = await DataPrepProcess.RunAsync("pack", _folder["images"], "--out", "tiny", "--side", "12", "--short-side", "12", "--data", _folder["data"]);
        Assert.Equal((0, ""), (pack.ExitCode, pack.Error));
        Assert.Equal($"{_folder["data", "datasets", "tiny"]}: 4 classes, 40 train, 8 val", pack.Output.TrimEnd('\n').Split('\n')[^1]);

        var noise = await DataPrepProcess.RunAsync("noise", "tiny", "--fraction", "0.5", "--seed", "1", "--data", _folder["data"]);
        Assert.Equal(0, noise.ExitCode);
        Assert.StartsWith($"{_folder["data", "datasets", "tiny"]}: label set 'noise-0.5-seed-1', ", noise.Output, StringComparison.Ordinal);

        Assert.Equal(
            0,
            (await DataPrepProcess.RunAsync("noise", "tiny", "--kind", "permute", "--fraction", "0.5", "--seed", "1", "--data", _folder["data"])).ExitCode);
        File.WriteAllText(_folder["labels.txt"], string.Concat(Enumerable.Repeat("class003\n", 40)));
        var import = await DataPrepProcess.RunAsync("labels", "import", "tiny", _folder["labels.txt"], "--name", "mine", "--data", _folder["data"]);
        Assert.Equal((0, $"{_folder["data", "datasets", "tiny"]}: label set 'mine', 30 labels corrupt, 10 pristine\n", ""), import);

        var info = await DataPrepProcess.RunAsync("info", "tiny", "--json", "--data", _folder["data"]);
        using var json = JsonDocument.Parse(info.Output);
        Assert.Equal(12, json.RootElement.GetProperty("manifest").GetProperty("side").GetInt32());
        Assert.Equal(
            ["original", "mine", "noise-0.5-seed-1", "permute-0.5-seed-1"],
            json.RootElement.GetProperty("labelSets").EnumerateArray().Select(set => set.GetProperty("name").GetString()));

        var table = await DataPrepProcess.RunAsync("info", _folder["data", "datasets", "tiny"]);
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("noise-0.5-seed-1", table.Output, StringComparison.Ordinal);
        Assert.Contains("permute", table.Output, StringComparison.Ordinal);
        Assert.Contains("4: class000, class001, class002, class003", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_ReadableClassNames_ShowsBothNames()
    {
        var manifest = new DatasetManifest
        {
            Name = "set",
            Classes = ["n01440764", "n01443537"],
            ClassNames = ["tench", "goldfish [koi]"],
            Side = 8,
            ShortSide = 8,
            Train = new SplitInfo(0, [], []),
            Val = new SplitInfo(0, [], []),
        };
        Directory.CreateDirectory(_folder["set"]);
        CghJson.Save(_folder["set", DatasetManifest.FileName], manifest);

        var info = await DataPrepProcess.RunAsync("info", _folder["set"]);

        Assert.Equal((0, ""), (info.ExitCode, info.Error));
        Assert.Contains("2: n01440764 (tench), n01443537 (goldfish [koi])", info.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pack_NameOfAFolderInTheWorkingDirectory_RefersToTheDataFolder()
    {
        await DataPrepProcess.RunInAsync(_folder.Path, "demo", "--out", "images", "--classes", "2", "--train", "4", "--test", "2");

        var pack = await DataPrepProcess.RunInAsync(_folder.Path, "pack", "images", "--out", "images", "--side", "16", "--short-side", "16", "--data", "store");
        var info = await DataPrepProcess.RunInAsync(_folder.Path, "info", "images", "--data", "store");

        Assert.Equal((0, ""), (pack.ExitCode, pack.Error));
        Assert.EndsWith($"\n{_folder["store", "datasets", "images"]}: 2 classes, 4 train, 2 val\n", pack.Output, StringComparison.Ordinal);
        Assert.Equal(0, info.ExitCode);
    }

    [Fact]
    public async Task Pack_RerunAfterAKill_EqualsAnUninterruptedPack()
    {
        var cancellationToken = TestContext.Current.CancellationToken;

        // Ten images per shard: every shard is flushed to disk, so packing takes long enough to be killed.
        string[] Pack(string name) => ["pack", _folder["images"], "--out", _folder[name], "--side", "16", "--short-side", "16", "--shard-size", "7680"];
        await DataPrepProcess.RunAsync("demo", "--out", _folder["images"], "--classes", "10", "--train", "400", "--test", "10");
        Assert.Equal(0, (await DataPrepProcess.RunAsync(Pack("uninterrupted"))).ExitCode);

        using (var killed = DataPrepProcess.Start(Pack("resumed")))
        {
            var record = _folder["resumed.part", "train", "images-00000.json"];
            while (!killed.HasExited && !File.Exists(record))
            {
                await Task.Delay(1, cancellationToken);
            }

            killed.Kill();
            await killed.WaitForExitAsync(cancellationToken);
        }

        Assert.False(Directory.Exists(_folder["resumed"]), "The process ended before it could be killed.");
        var kept = File.GetLastWriteTimeUtc(_folder["resumed.part", "train", "images-00000.npy"]);
        var (exitCode, _, error) = await DataPrepProcess.RunAsync(Pack("resumed"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(_folder["resumed", "train", "images-00000.npy"]));
        var expected = TestSource.Content(_folder["uninterrupted"]);
        var actual = TestSource.Content(_folder["resumed"]);
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(
            expected.Where(file => file.Key != DatasetManifest.FileName),
            file => Assert.True(file.Value.AsSpan().SequenceEqual(actual[file.Key]), file.Key));
        Assert.False(Directory.Exists(_folder["resumed.part"]));
    }

    [Theory]
    [InlineData(2, "Unknown command 'pakc'. Did you mean 'pack'? Try --help.", "pakc")]
    [InlineData(2, "Unknown option '--shrot-side'. Did you mean '--short-side'? Try --help.", "pack", "--shrot-side", "256")]
    [InlineData(2, "Option '--out' is required. Try --help.", "demo")]
    [InlineData(2, "--out is empty. Give a path. Try --help.", "demo", "--out", "")]
    [InlineData(2, "Option '--fraction' is required. Try --help.", "noise", "x", "--seed", "0")]
    [InlineData(
        2,
        "--kind: unknown kind 'import'. Expected one of: uniform, permute, pair-flip, transition, plant.",
        "noise", "x", "--seed", "0", "--fraction", "1", "--kind", "import")]
    [InlineData(2, "--fraction must be a number with a decimal point, such as 0.5 (got '0,5'). Try --help.", "noise", "x", "--seed", "0", "--fraction", "0,5")]
    [InlineData(2, "--classes must be between 2 and 1000 (it is 1).", "demo", "--out", "nowhere", "--classes", "1")]
    [InlineData(2, "--train must be at least 3, one image per class (it is 2).", "demo", "--out", "nowhere", "--classes", "3", "--train", "2")]
    [InlineData(2, "--fraction must be between 0 and 1 (it is 1.5).", "noise", "x", "--seed", "0", "--fraction", "1.5")]
    [InlineData(2, "import needs FILE. Try --help.", "labels", "import", "x", "--name", "y")]
    [InlineData(2, "There is no dataset 'x' in /nowhere. Create it with: Cgh.DataPrep pack SOURCE --out /nowhere/x", "info", "/nowhere/x")]
    public async Task Command_InvalidRequest_PrintsOneLine(int exitCode, string message, params string[] arguments)
    {
        var result = await DataPrepProcess.RunAsync(arguments);

        Assert.Equal((exitCode, "", message + "\n"), result);
    }

    [Fact]
    public async Task Pack_NothingThatIsASource_ListsWhatCanBePacked()
    {
        await File.WriteAllTextAsync(_folder["notes.txt"], "notes", TestContext.Current.CancellationToken);

        Assert.Equal(
            (1, "", $"{_folder["notes.txt"]} is no source that is known. {UnknownSource.Supported}\n"),
            await DataPrepProcess.RunAsync("pack", _folder["notes.txt"], "--out", "x"));
    }

    [Fact]
    public async Task Pack_NamedSourceMissing_SaysWhereToGetIt() => Assert.Equal(
        (
            2,
            "",
            $"There is no 'cifar100' in {_folder["sources", "cifar100"]}. "
                + $"Download https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz to {_folder["sources", "cifar100"]}.\n"),
        await DataPrepProcess.RunAsync("pack", "cifar100", "--out", "x", "--data", _folder.Path));

    public void Dispose() => _folder.Dispose();
}
