using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class SubsetTests : IDisposable
{
    private const int Images = 8;
    private const int Side = 2;

    private readonly TemporaryFolder _folder = new();

    public SubsetTests() => WriteDataset("parent", firstByte: 0);

    private string Parent => _folder["datasets", "parent"];

    private string Easy => _folder["datasets", "easy"];

    [Fact]
    public void Open_SubsetWithTest_ReadsTheParentsImagesInTheGivenOrder()
    {
        Create([5, 0, 7], [2, 1]);

        using var subset = Dataset.Open(Easy);

        Assert.Equal(("easy", 3, 2, Side, 3), (subset.Manifest.Name, subset.Train.Count, subset.Val.Count, subset.Train.Side, subset.Manifest.Train.Images));
        Assert.Equal([5, 0, 7], Numbers(subset.Train));
        Assert.Equal([2, 1], Numbers(subset.Val));
        Assert.Equal([1L, 0, 1], subset.OriginalLabels(Split.Train));
        Assert.Equal([0L, 1], subset.OriginalLabels(Split.Val));
        Assert.Equal(["train-5.png", "train-0.png", "train-7.png"], subset.FileNames(Split.Train));
        Assert.Equal([100, 101], Numbers(subset.OriginalTest!.Val));
        Assert.Throws<ArgumentOutOfRangeException>(() => subset.Train[3].Length);
        subset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken);
        subset.VerifyChecksums(Split.Val, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Open_SubsetWithoutTest_HasTheParentsTestImages()
    {
        Create([3]);

        using var subset = Dataset.Open(Easy);

        Assert.Equal([100, 101], Numbers(subset.Val));
        Assert.Equal(["val-0.png", "val-1.png"], subset.FileNames(Split.Val));
        Assert.Null(subset.OriginalTest);
        Assert.Equal(2, subset.Subset!.Info.Test);
    }

    [Fact]
    public void Labels_SubsetsOwnLabelSet_LiesInTheSubset()
    {
        Create([5, 0, 7, 4]);
        using var subset = Dataset.Open(Easy);

        var set = LabelSet.Create(subset, 0.5, seed: 1);

        Assert.Equal(4, set.Labels.Length);
        Assert.Equal(set.Labels, subset.Labels(set.Info.Name).Labels);
        Assert.True(File.Exists(Path.Combine(Easy, "labels", "noise-0.5-seed-1.npy")));
        using var parent = Dataset.Open(Parent);
        Assert.Equal(["original"], parent.LabelSetNames());
    }

    [Theory]
    [InlineData(new int[0], null, "the training indices of subset 'easy': there are no indices. ")]
    [InlineData(new[] { 1 }, new int[0], "the test indices of subset 'easy': there are no indices. ")]
    [InlineData(new[] { 1, 8 }, null, "the training indices of subset 'easy': index 8 in row 1 (counting from 0) is out of range: ")]
    [InlineData(new[] { 1 }, new[] { -1 }, "the test indices of subset 'easy': index -1 in row 0 (counting from 0) is out of range: ")]
    [InlineData(
        new[] { 1, 2, 1 },
        null,
        "the training indices of subset 'easy': index 1 in row 2 (counting from 0) is also in row 0 (counting from 0). Remove one of them.")]
    [InlineData(
        new[] { 4, 5 },
        new[] { 3, 5 },
        "the test indices of subset 'easy': index 5 in row 1 (counting from 0) is also in row 1 (counting from 0) of the training ")]
    public void Create_WrongIndices_NamesIndexAndRow(int[] train, int[]? test, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Create(train, test));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(2, error.ExitCode);
        Assert.False(Directory.Exists(Easy));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void Create_InvalidName_IsRefused(string name)
    {
        using var parent = Dataset.Open(Parent);

        var error = Assert.Throws<UserErrorException>(() => Subset.Create(Easy, parent, new() { Name = name, Train = [0] }));

        Assert.StartsWith($"'{name}' is not a valid name for a subset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AgainTheSame_WritesNothing()
    {
        Create([5, 0], [3]);
        var written = File.GetLastWriteTimeUtc(SubsetInfo.PathIn(Easy));

        Create([5, 0], [3]);

        Assert.Equal(written, File.GetLastWriteTimeUtc(SubsetInfo.PathIn(Easy)));
    }

    [Theory]
    [InlineData(new[] { 0, 5 }, null)]
    [InlineData(new[] { 5, 0 }, new[] { 3 })]
    public void Create_OtherImagesUnderTheName_IsRefused(int[] train, int[]? test)
    {
        Create([5, 0]);

        var error = Assert.Throws<UserErrorException>(() => Create(train, test));

        Assert.Equal($"{Easy} is already a subset, of other images. Choose another name, or delete it to create it again.", error.Message);
        Directory.Delete(Easy, recursive: true);
        Create(train, test);
    }

    [Fact]
    public void Create_FolderOfSomethingElse_IsRefused()
    {
        using var parent = Dataset.Open(Parent);

        var error = Assert.Throws<UserErrorException>(() => Subset.Create(Parent, parent, new() { Name = "parent", Train = [0] }));

        Assert.Equal($"{Parent} exists and is not a subset. Choose another name or an empty folder.", error.Message);
    }

    [Fact]
    public async Task Create_SeveralAtOnce_OneIsWritten()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            try
            {
                Create([i % 2, 5]);
                return i % 2;
            }
            catch (UserErrorException error)
            {
                Assert.StartsWith($"{Easy} is already a subset, of other images.", error.Message, StringComparison.Ordinal);
                return -1;
            }
        })));

        using var subset = Dataset.Open(Easy);
        var written = Assert.Single(results.Where(result => result >= 0).Distinct());
        Assert.Equal([written, 5], Numbers(subset.Train));
    }

    [Fact]
    public void Create_AfterAnInterruptedAttempt_LeavesNothingOfIt()
    {
        Directory.CreateDirectory(Easy);
        NpyFile.WriteInt64(SubsetInfo.IndicesPath(Easy, Split.Val), new long[] { 1 });
        File.WriteAllText(AtomicFile.TemporaryPath(SubsetInfo.IndicesPath(Easy, Split.Train)), "half");

        Create([2]);

        Assert.Equal([".lock", "subset.json", "train.npy"], Directory.GetFiles(Easy).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Create_DatasetOfThatNameIsBeingPacked_IsRefusedAndCreatesNothing()
    {
        Directory.CreateDirectory(AtomicFile.TemporaryPath(Easy));

        Assert.Equal(
            $"A dataset is being packed to {Easy}, or that was interrupted. Choose another name.",
            Assert.Throws<UserErrorException>(() => Create([2])).Message);
        Assert.False(Directory.Exists(Easy));
    }

    [Fact]
    public void Create_SubsetOfASubset_RefersToTheImages()
    {
        Create([5, 0, 7], [2, 1]);
        using (var easy = Dataset.Open(Easy))
        {
            Subset.Create(_folder["datasets", "inherits"], easy, new() { Name = "inherits", Train = [2, 0] });
            Subset.Create(_folder["datasets", "own"], easy, new() { Name = "own", Train = [2], Test = [1] });
        }

        Directory.Delete(Easy, recursive: true);
        using var inherits = Dataset.Open(_folder["datasets", "inherits"]);
        using var own = Dataset.Open(_folder["datasets", "own"]);

        Assert.Equal("../parent", inherits.Subset!.Info.Parent);
        Assert.Equal([7, 5], Numbers(inherits.Train));
        Assert.Equal([2, 1], Numbers(inherits.Val));
        Assert.Equal([7], Numbers(own.Train));
        Assert.Equal([0], Numbers(own.Val));
    }

    [Fact]
    public void Open_DataFolderMoved_FindsTheParent()
    {
        using (var parent = Dataset.Open(Parent))
        {
            Directory.CreateDirectory(_folder["experiments", "e", "split"]);
            Subset.Create(_folder["experiments", "e", "split", "easy"], parent, new() { Name = "easy", Train = [6] });
        }

        using var elsewhere = new TemporaryFolder();
        Directory.Move(_folder["datasets"], elsewhere["datasets"]);
        Directory.Move(_folder["experiments"], elsewhere["experiments"]);
        using var subset = Dataset.Open(elsewhere["experiments", "e", "split", "easy"]);

        Assert.Equal([6], Numbers(subset.Train));
    }

    [Fact]
    public void Open_ParentMoved_SaysWhereToWriteItsPath()
    {
        Create([5, 0]);
        Directory.Move(Parent, _folder["datasets", "moved"]);

        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(Easy));

        Assert.Equal(
            $"{Easy} is a subset of {Parent}, where there is no dataset now. Restore it or, if it was moved, write its path to \"parent\" in "
            + $"{SubsetInfo.PathIn(Easy)}.",
            error.Message);
        Replace("\"../parent\"", $"\"{_folder["datasets", "moved"]}\"");
        using var subset = Dataset.Open(Easy);
        Assert.Equal([5, 0], Numbers(subset.Train));
    }

    [Fact]
    public void Open_AnotherDatasetOfTheParentsName_IsRefused()
    {
        Create([5, 0]);
        Directory.Delete(Parent, recursive: true);
        WriteDataset("parent", firstByte: 50);

        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(Easy));

        Assert.Equal(
            $"{Easy} is a subset of {Parent}, which has changed since: its checksum is another. Restore that dataset, or delete {Easy} and create the "
            + "subset again.",
            error.Message);
        Directory.Delete(Easy, recursive: true);
        Create([5, 0]);
        using var subset = Dataset.Open(Easy);
        Assert.Equal([55, 50], Numbers(subset.Train));
    }

    [Fact]
    public void Open_ParentsLabelsModified_IsRefused()
    {
        Create([5, 0]);
        NpyFile.WriteInt64(Dataset.LabelsPath(Parent, Split.Train), new long[Images]);

        Assert.Contains("which has changed since", Assert.Throws<UserErrorException>(() => Dataset.Open(Easy)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_IndicesModified_NamesTheFileAndTheRemedy()
    {
        Create([5, 0], [3]);
        var path = SubsetInfo.IndicesPath(Easy, Split.Val);
        NpyFile.WriteInt64(path, new long[] { 4 });

        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(Easy));

        Assert.Equal(
            $"{path} does not match its checksum: it was modified after the subset was created. Restore it, or delete {Easy} and create the subset again.",
            error.Message);
        Assert.Equal(error.Message, Assert.Throws<UserErrorException>(() => Create([5, 0], [3])).Message);
        File.Delete(path);
        Assert.StartsWith($"{path} is missing. Restore it", Assert.Throws<UserErrorException>(() => Dataset.Open(Easy)).Message, StringComparison.Ordinal);
        Directory.Delete(Easy, recursive: true);
        Create([5, 0], [3]);
        Dataset.Open(Easy).Dispose();
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "has format version 2; this program reads version 1. ")]
    [InlineData("\"train\": 2", "\"train\": 3", "is damaged: its counts are not those of its indices. ")]
    [InlineData("\"train\": 2", "\"train\": 0", "is damaged: it has no parent, or a count below 1. ")]
    [InlineData("\"parent\": \"../parent\"", "\"parent\": \"../par\\u0000ent\"", "is not readable: parent has a NUL character (\\u0000). ")]
    [InlineData("\"parent\": \"../parent\"", "\"parent\": null", "is not readable: parent is null. ")]
    [InlineData("\"parent\": \"../parent\"", "\"parent\": \"../easy\"", "is damaged: its parent ")]
    [InlineData("{", "[", "is not readable: ")]
    public void Open_DamagedInfo_SaysWhatIsWrong(string text, string replacement, string expected)
    {
        Create([5, 0]);
        Replace(text, replacement);

        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(Easy));

        Assert.StartsWith($"{SubsetInfo.PathIn(Easy)} {expected}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Checksum_OtherSubsetsAndNames_DependsOnTheContentOnly()
    {
        using var parent = Dataset.Open(Parent);
        var checksums = new List<string> { parent.Checksum() };
        foreach (var (name, train, test) in new (string, int[], int[]?)[] { ("a", [0, 1], null), ("b", [1, 0], null), ("c", [0, 1], [2]), ("d", [0, 1], null) })
        {
            Subset.Create(_folder["datasets", name], parent, new() { Name = name, Train = train, Test = test });
            using var subset = Dataset.Open(_folder["datasets", name]);
            checksums.Add(subset.Checksum());
        }

        Assert.Equal(4, checksums.Distinct().Count());
        Assert.Equal(checksums[1], checksums[4]);
    }

    public void Dispose() => _folder.Dispose();

    private void Create(int[] train, int[]? test = null)
    {
        using var parent = Dataset.Open(Parent);
        Subset.Create(Easy, parent, new() { Name = "easy", Train = train, Test = test, Origin = "a test" });
    }

    private void Replace(string text, string replacement)
    {
        var path = SubsetInfo.PathIn(Easy);
        var whole = File.ReadAllText(path);
        Assert.Contains(text, whole, StringComparison.Ordinal);
        File.WriteAllText(path, whole.Replace(text, replacement, StringComparison.Ordinal));
    }

    // The first byte of an image says which it is.
    private static int[] Numbers(PackedImages images) => [.. Enumerable.Range(0, images.Count).Select(i => (int)images[i][0])];

    private void WriteDataset(string name, byte firstByte)
    {
        var folder = _folder["datasets", name];
        CghJson.Save(Path.Combine(Directory.CreateDirectory(folder).FullName, DatasetManifest.FileName), new DatasetManifest
        {
            Name = name,
            Classes = ["cat", "dog"],
            Side = Side,
            ShortSide = Side,
            Train = WriteSplit(folder, Split.Train, [5, 3], firstByte),
            Val = WriteSplit(folder, Split.Val, [2], firstByte: 100),
        });
    }

    private static SplitInfo WriteSplit(string folder, Split split, int[] shards, byte firstByte)
    {
        var infos = new List<ShardInfo>();
        var splitFolder = Directory.CreateDirectory(Dataset.SplitFolder(folder, split)).FullName;
        var first = 0;
        foreach (var count in shards)
        {
            var name = $"images-{infos.Count:D5}.npy";
            byte[] bytes =
            [
                .. NpyFile.MakeHeader(NpyFile.UInt8, count, Side, Side, 3),
                .. Enumerable.Range(first + firstByte, count).SelectMany(image => Enumerable.Repeat((byte)image, Side * Side * 3)),
            ];
            File.WriteAllBytes(Path.Combine(splitFolder, name), bytes);
            infos.Add(new ShardInfo(name, count, Convert.ToHexStringLower(SHA256.HashData(bytes))));
            first += count;
        }

        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), LabelNoiseTests.Original(first, classes: 2));
        var names = Enumerable.Range(0, first).Select(image => $"{(split == Split.Train ? "train" : "val")}-{image}.png");
        File.WriteAllText(Dataset.FilesPath(folder, split), string.Join('\n', names) + "\n");
        return new SplitInfo(first, infos, []);
    }
}
