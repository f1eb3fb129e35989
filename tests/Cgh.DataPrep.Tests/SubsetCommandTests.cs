using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.DataPrep.Browsing;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Subsets;
using Cgh.DataPrep.Tests.Archives;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary><c>subset</c>, and what the other commands do with a subset.</summary>
public sealed class SubsetCommandTests : IDisposable
{
    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16 };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public SubsetCommandTests()
    {
        _source = TestSource.Make(_folder);
        DatasetPacker.Pack(_source, Parent, s_options, cancellationToken: Stop);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Parent => _folder["data", "datasets", "set"];

    private string Easy => _folder["data", "datasets", "easy"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Subset_OfTrainAndTestIndices_IsADatasetForOtherCommands()
    {
        NpyFile.WriteInt64(_folder["train.npy"], new long[] { 9, 0, 4, 5 });
        File.WriteAllText(_folder["test.csv"], "index,margin\n1,0.5\n8,0.1\n");

        var subset = await RunAsync("subset", "set", "--indices", _folder["train.npy"], "--test-indices", _folder["test.csv"], "--name", "easy");
        var again = await RunAsync("subset", "set", "--indices", _folder["train.npy"], "--test-indices", _folder["test.csv"], "--name", "easy");
        var noise = await RunAsync("noise", "easy", "--fraction", "0.5", "--seed", "1");
        var info = await RunAsync("info", "easy");
        var json = await RunAsync("info", "easy", "--json");
        var verify = await RunAsync("verify", "easy");

        Assert.Equal((0, $"{Easy}: 4 of the 12 training images of set, tested on 2 of its training images\n", ""), subset);
        Assert.Equal(subset, again);
        Assert.Equal((0, ""), (noise.ExitCode, noise.Error));
        Assert.Equal((0, ""), (info.ExitCode, info.Error));
        Assert.Matches($@"Subset of\s+{Parent}", info.Output);
        Assert.Matches(@"Training\s+4 of its 12 training images", info.Output);
        Assert.Matches(@"Test\s+2 others of its training images", info.Output);
        Assert.Contains("noise-0.5-seed-1", info.Output, StringComparison.Ordinal);
        using var parsed = JsonDocument.Parse(json.Output);
        Assert.Equal("../set", parsed.RootElement.GetProperty("subset").GetProperty("parent").GetString());
        Assert.Equal((0, ""), (verify.ExitCode, verify.Error));
        Assert.EndsWith(": all checksums match.\n", verify.Output, StringComparison.Ordinal);
        using var opened = Dataset.Open(Easy);
        Assert.Equal([.. Names(Split.Train, 9, 0, 4, 5), .. Names(Split.Train, 1, 8)], [.. opened.FileNames(Split.Train), .. opened.FileNames(Split.Val)]);
    }

    [Fact]
    public async Task Subset_NameOfAnotherDatasetOrInvalid_IsRefused()
    {
        File.WriteAllText(_folder["train.txt"], "1\n2\n");
        string[] command = ["subset", "set", "--indices", _folder["train.txt"], "--name"];

        Assert.Equal((1, "", $"{Parent} exists and is not a subset. Choose another name or an empty folder.\n"), await RunAsync([.. command, "set"]));
        Assert.Equal(
            (2, "", "--name: '../easy' is not a valid name for a subset: use letters, digits, '.', '-' and '_'. It is created beside the datasets.\n"),
            await RunAsync([.. command, "../easy"]));
        Assert.Equal(
            (2, "", "There is no dataset 'seet' in " + _folder["data", "datasets"] + ". Did you mean 'set'?\n"),
            await RunAsync("subset", "seet", "--indices", _folder["train.txt"], "--name", "easy"));
        File.WriteAllText(_folder["test.txt"], "5\n2\n");
        Assert.Equal(
            (2, "", $"{_folder["test.txt"]}: index 2 in line 2 is also in line 2 of {_folder["train.txt"]}. Remove it from one of the two.\n"),
            await RunAsync([.. command, "easy", "--test-indices", _folder["test.txt"]]));
        Assert.Equal([Parent], Directory.GetDirectories(_folder["data", "datasets"]));
    }

    [Fact]
    public async Task Verify_ShardOfTheParentOrIndicesModified_NamesIt()
    {
        MakeSubset();
        var shard = Path.Combine(Parent, "train", "images-00000.npy");
        File.WriteAllBytes(shard, [.. File.ReadAllBytes(shard)[..^1], 0]);

        var parent = await RunAsync("verify", "easy");
        var repair = await RunAsync("repair", Parent);
        File.WriteAllText(SubsetInfo.IndicesPath(Easy, Split.Train), "changed");
        var indices = await RunAsync("verify", "easy");

        Assert.Equal((1, "", $"{shard} does not match its checksum.\nTo repair it: Cgh.DataPrep repair {Parent}\n"), parent);
        Assert.Equal(0, repair.ExitCode);
        Assert.Equal(1, indices.ExitCode);
        Assert.StartsWith($"{SubsetInfo.IndicesPath(Easy, Split.Train)} does not match its checksum: ", indices.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RepairAndPack_OntoASubset_AreRefused()
    {
        MakeSubset();

        Assert.Equal(
            (2, "", $"{Easy} is a subset, which holds no images. Repair the dataset that does: Cgh.DataPrep repair {Parent}\n"),
            await RunAsync("repair", "easy"));
        var pack = await RunAsync("pack", _source, "--out", "easy", "--side", "16", "--short-side", "16");
        Assert.Equal((1, $"{Easy} is already a subset. Choose another name, or delete it to pack a dataset of that name.\n"), (pack.ExitCode, pack.Error));
    }

    [Fact]
    public void Prepare_RecipeThatNamesASubset_UsesItUnlessItAsksForASource()
    {
        MakeSubset();
        var preparation = new DatasetPreparation(new DataFolder(_folder["data"]));

        preparation.Prepare(new DatasetRequest { Name = "easy" }, [new LabelSetRequest { Fraction = 0.5, Seed = 1 }], cancellationToken: Stop);
        var error = Assert.Throws<UserErrorException>(
            () => preparation.Prepare(new DatasetRequest { Name = "easy", Source = _source, Side = 16, ShortSide = 16 }, [], cancellationToken: Stop));

        Assert.True(File.Exists(LabelSet.InfoPath(Easy, "noise-0.5-seed-1")));
        Assert.Equal(
            $"Dataset 'easy' in {Easy} does not match the request: it is a subset of {Parent}, not packed from {_source}. Choose another name, or delete that "
            + "folder.",
            error.Message);
    }

    [Fact]
    public void Catalog_Subset_IsListedAndDescribed()
    {
        MakeSubset();
        var catalog = new DatasetCatalog(new DataFolder(_folder["data"]));

        var listed = catalog.List().Datasets.Single(dataset => dataset.Name == "easy");
        var described = catalog.Describe("easy");

        Assert.Equal(("set", 4, 6, 16, 3, true), (listed.SubsetOf, listed.Train, listed.Val, listed.Side, listed.Classes, listed.IsComplete));
        Assert.Equal($"4 of the 12 training images of {Parent}, tested on 6 of its validation images; chosen by: a test.", described.Subset);
        Assert.Equal(new FileInfo(SubsetInfo.IndicesPath(Easy, Split.Train)).Length, described.Bytes);
        File.WriteAllText(SubsetInfo.PathIn(Easy), "{}");
        Assert.StartsWith($"{SubsetInfo.PathIn(Easy)} is not readable", catalog.List().Datasets[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_SourceOfFiles_WritesAFolderThatPacksToTheSameImages()
    {
        File.WriteAllText(_folder["train.txt"], "9\n0\n4\n5\n");
        File.WriteAllText(_folder["test.txt"], "1\n8\n");

        var (exitCode, output, error) = await RunAsync(
            "subset", "set", "--indices", _folder["train.txt"], "--test-indices", _folder["test.txt"], "--name", "easy", "--link", _folder["linked"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains($"{_folder["linked"]}: hard links to 6 images of 3 of the 3 classes.\n", output, StringComparison.Ordinal);
        DatasetPacker.Pack(_folder["linked"], _folder["repacked"], s_options, cancellationToken: Stop);
        using var repacked = Dataset.Open(_folder["repacked"]);
        using var subset = Dataset.Open(Easy);
        Assert.Equal(Images(subset, Split.Train), Images(repacked, Split.Train));
        Assert.Equal(Images(subset, Split.Val), Images(repacked, Split.Val));

        // A change of the file is one of the link: nothing was copied.
        var file = Path.Combine(_source, "train", "class000", "class000_00000.JPEG");
        File.AppendAllText(file, "more");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder["linked", "train", "class000", "class000_00000.JPEG"]));
    }

    [Fact]
    public async Task Link_Impossible_CreatesNothing()
    {
        File.WriteAllText(_folder["train.txt"], "9\n0\n");
        Directory.CreateDirectory(_folder["full", "train"]);
        string[] command = ["subset", "set", "--indices", _folder["train.txt"], "--name", "easy", "--link"];

        Assert.Equal((2, "", $"--link: {_folder["full"]} exists and is not empty. Choose another folder.\n"), await RunAsync([.. command, _folder["full"]]));
        File.Delete(Path.Combine(_source, "train", "class000", "class000_00000.JPEG"));
        var missing = await RunAsync([.. command, _folder["linked"]]);
        Directory.Move(_source, _folder["moved"]);
        var gone = await RunAsync([.. command, _folder["linked"]]);

        Assert.Equal(1, missing.ExitCode);
        Assert.EndsWith(
            $"--link: 1 of 8 files are not in {_source}, the first is train/class000/class000_00000.JPEG. Restore them, or leave out --link.\n",
            missing.Error,
            StringComparison.Ordinal);
        Assert.Equal((2, $"--link: the source of {Parent}, {_source}, does not exist. Restore it, or leave out --link.\n"), (gone.ExitCode, gone.Error));
        Assert.False(Directory.Exists(Easy));
        Assert.Equal(
            ["data", "full", "moved", "train.txt"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task SubsetAndNoise_TwoWithOneNameAtOnce_OneIsWrittenAndTheOtherIsRefused()
    {
        File.WriteAllText(_folder["0.txt"], "9\n0\n");
        File.WriteAllText(_folder["1.txt"], "1\n2\n3\n");

        var subsets = await Both(i => ["subset", "set", "--indices", _folder[$"{i}.txt"], "--name", "easy", "--link", _folder["linked"]]);
        var noise = await Both(i => ["noise", "set", "--fraction", "0.5", "--name", "m", "--seed", $"{i}"]);
        var same = await Both(_ => ["noise", "set", "--fraction", "0.5", "--name", "same", "--seed", "1"]);

        using var easy = Dataset.Open(Easy);
        Assert.Equal(subsets == 0 ? 2 : 3, easy.Train.Count);
        Assert.Equal(easy.Train.Count, Directory.GetFiles(_folder["linked", "train"], "*", SearchOption.AllDirectories).Length);
        using var parent = Dataset.Open(Parent);
        Assert.Equal((uint)noise, parent.Labels("m").Info.Seed);
        Assert.Equal(-1, same);

        // Which of them was written; -1 if both succeeded.
        async Task<int> Both(Func<int, string[]> command)
        {
            var ended = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => RunAsync(command(i))));
            if (ended.All(process => process.ExitCode == 0))
            {
                return -1;
            }

            var written = Assert.Single(Enumerable.Range(0, 2), i => ended[i].ExitCode == 0);
            Assert.Equal(1, ended[1 - written].Error.Count(letter => letter == '\n'));
            return written;
        }
    }

    [Fact]
    public void Link_OtherFileSystem_IsRefusedInALine()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no second file system, /dev/shm.");
        var elsewhere = Path.Combine("/dev/shm", $"cgh-{Guid.NewGuid():n}");
        using var dataset = Dataset.Open(Parent);

        var error = Assert.Throws<UserErrorException>(() => LinkedFolder.Stage(
            elsewhere,
            dataset,
            new Dictionary<Split, (Split, int[])> { [Split.Train] = (Split.Train, [0]) },
            progress: null,
            Stop));

        Assert.Equal(
            $"--link: {elsewhere} is on another file system than {_source}, and hard links cannot cross them. "
            + "Choose a folder on the file system of the source.",
            error.Message);
        Assert.False(Directory.Exists(StagingFolder.PathFor(elsewhere)));
    }

    [Fact]
    public void Link_SourceThatIsNoFolderOfFiles_IsRefusedInALine()
    {
        var tar = ArchiveZoo.WriteWebDataset(_folder["web"]);
        using var source = ImageSources.Open(tar, cancellationToken: Stop);
        DatasetPacker.Pack(tar, _folder["archived"], s_options, cancellationToken: Stop);
        using var dataset = Dataset.Open(_folder["archived"]);

        var error = Assert.Throws<UserErrorException>(() => LinkedFolder.Stage(
            _folder["linked"],
            dataset,
            new Dictionary<Split, (Split, int[])> { [Split.Train] = (Split.Train, [0]) },
            progress: null,
            Stop));

        Assert.Equal(
            $"--link: {dataset.Folder} was packed from {tar}, which does not hold each image in a file of its own ({source.Info.Kind}). "
            + "Unpack the images into folders and pack those, or leave out --link.",
            error.Message);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        DataPrepProcess.RunAsync([.. arguments, "--data", _folder["data"]]);

    private void MakeSubset()
    {
        using var parent = Dataset.Open(Parent);
        Subset.Create(Easy, parent, new() { Name = "easy", Train = [9, 0, 4, 5], Origin = "a test" });
    }

    private IEnumerable<string> Names(Split split, params int[] indices)
    {
        var names = File.ReadAllLines(Dataset.FilesPath(Parent, split));
        return indices.Select(index => names[index]);
    }

    // By class and pixels: a folder has another order.
    private static IReadOnlyList<string> Images(Dataset dataset, Split split)
    {
        var images = split == Split.Train ? dataset.Train : dataset.Val;
        return
        [
            .. dataset.OriginalLabels(split)
                .Select((label, i) => $"{dataset.Manifest.Classes[(int)label]} {Convert.ToHexStringLower(images[i])}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
