using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class DatasetPackerTests : IDisposable
{
    private const int ImageBytes = 16 * 16 * 3;

    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16 };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public DatasetPackerTests() => _source = TestSource.Make(_folder);

    [Fact]
    public void Pack_SmallSource_ContainsEveryImageInOrder()
    {
        var manifest = Pack("set", s_options);

        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Equal(["class000", "class001", "class002"], manifest.Classes);
        Assert.Equal(("set", 16, 16, _source), (manifest.Name, manifest.Side, manifest.ShortSide, manifest.Source));
        Assert.Equal([0L, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], dataset.OriginalLabels(Split.Train));
        Assert.Equal([0L, 0, 1, 1, 2, 2], dataset.OriginalLabels(Split.Val));
        AssertImages(dataset, Split.Train, dataset.Train);
        AssertImages(dataset, Split.Val, dataset.Val);
        dataset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken);
        dataset.VerifyChecksums(Split.Val, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["dataset.json", "train/files.txt", "train/images-00000.npy", "train/labels.npy", "val/files.txt", "val/images-00000.npy", "val/labels.npy"],
            TestSource.Content(_folder["set"]).Keys);
        Assert.Equal([_folder["set"], _source], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pack_SmallShards_ContainTheSameImages()
    {
        Pack("one", s_options);

        var manifest = Pack("many", s_options with { ShardBytes = 5 * ImageBytes });

        Assert.Equal([5, 5, 2], manifest.Train.Shards.Select(shard => shard.Images));
        Assert.Equal([5, 1], manifest.Val.Shards.Select(shard => shard.Images));
        using var one = Dataset.Open(_folder["one"]);
        using var many = Dataset.Open(_folder["many"]);
        for (var i = 0; i < one.Train.Count; i++)
        {
            Assert.Equal(one.Train[i].ToArray(), many.Train[i].ToArray());
        }
    }

    [Fact]
    public void Pack_UnreadableFilesAllowed_AreSkippedAndListed()
    {
        AddUnreadableFiles();

        var manifest = Pack("set", s_options with { AllowSkipped = true });

        Assert.Equal(
            [
                new SkippedFile("train/class000/a-folder.JPEG", "is a folder"),
                new SkippedFile("train/class000/class000_00001.JPEG", "truncated"),
                new SkippedFile("train/class001/text.JPEG", "not an image"),
                new SkippedFile("train/class001/zero.JPEG", "empty or not a regular file"),
            ],
            manifest.Train.Skipped);
        Assert.Empty(manifest.Val.Skipped);
        var passedOver = Assert.Single(manifest.PassedOver);
        Assert.Equal(("its name contains a line break", 1), (passedOver.Reason, passedOver.Files));
        Assert.Equal(["train/class001/line\\nbreak.jpg"], passedOver.Examples);
        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Equal([0L, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], dataset.OriginalLabels(Split.Train));
        AssertImages(dataset, Split.Train, dataset.Train);
    }

    [Fact]
    public void Pack_TooManyUnreadableFiles_FailsUnlessAllowed()
    {
        AddUnreadableFiles();

        var error = Assert.Throws<UserErrorException>(() => Pack("set", s_options));

        Assert.Equal(
            $"{_source}: 4 of 21 files cannot be packed (more than 1%). The first is train/class000/a-folder.JPEG: is a folder. "
                + "Repair or remove them, or skip them with --allow-skipped.",
            error.Message);
        Assert.False(Directory.Exists(_folder["set"]));
        Assert.Equal(17, Pack("set", s_options with { AllowSkipped = true }) is var manifest
            ? manifest.Train.Images + manifest.Val.Images
            : 0);
    }

    [Fact]
    public void Pack_NoReadableFileInASplit_FailsEvenIfAllowed()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(_source, "val"), "*", SearchOption.AllDirectories))
        {
            File.WriteAllText(file, "text");
        }

        var error = Assert.Throws<UserErrorException>(() =>
            Pack("set", s_options with { AllowSkipped = true }));

        Assert.Equal($"{_source}: none of the 6 files in val can be packed. The first is val/class000/class000_00000.JPEG: not an image.", error.Message);
    }

    [Fact]
    public void Pack_Resumed_ContinuesAfterTheFinishedShardsAndGivesTheSameDataset()
    {
        var options = s_options with { ShardBytes = ImageBytes };
        Pack("straight", options);
        CancelDuringVal("resumed", options);
        Assert.False(Directory.Exists(_folder["resumed"]));
        var first = int.MaxValue;
        Pack("resumed", options, new ProgressCallback(progress => first = progress.Stage == "packing" ? Math.Min(first, progress.Done) : first));

        Assert.Equal(12, first);
        AssertSameDataset("straight", "resumed");
    }

    [Fact]
    public void Pack_SequentialSource_GivesTheSameDatasetAsTheFolder()
    {
        AddUnreadableFiles();
        var options = s_options with { ShardBytes = 5 * ImageBytes, AllowSkipped = true };
        Pack("folder", options);

        PackSequentially("sequential", options, progress: null, TestContext.Current.CancellationToken);

        AssertSameDataset("folder", "sequential");
    }

    [Fact]
    public void Pack_SequentialSourceResumed_OpensNoFinishedImageAndGivesTheSameDataset()
    {
        var options = s_options with { ShardBytes = ImageBytes };
        Pack("straight", options);
        using var cancellation = new CancellationTokenSource();
        var progress = CancelInVal(cancellation);
        Assert.ThrowsAny<OperationCanceledException>(() => PackSequentially("resumed", options, progress, cancellation.Token));

        var opened = PackSequentially("resumed", options, progress: null, TestContext.Current.CancellationToken);

        Assert.All(opened, name => Assert.StartsWith("val/", name, StringComparison.Ordinal));
        AssertSameDataset("straight", "resumed");
    }

    [Fact]
    public void Pack_SourceChangedSinceTheInterruption_StartsOver()
    {
        var options = s_options with { ShardBytes = ImageBytes };
        CancelDuringVal("set", options);
        File.Delete(Path.Combine(_source, "train", "class000", "class000_00000.JPEG"));

        var manifest = Pack("set", options);

        Assert.Equal(11, manifest.Train.Images);
        Assert.Equal(11, manifest.Train.Shards.Count);
        using var dataset = Dataset.Open(_folder["set"]);
        AssertImages(dataset, Split.Train, dataset.Train);
    }

    [Fact]
    public async Task Pack_DiskFull_FailsInOneLineAndTheNextAttemptResumes()
    {
        var options = s_options with { ShardBytes = ImageBytes };
        CancelDuringVal("set", options);
        UserErrorException error;
        using (var full = await FullDevice.AtAsync(_folder["set.part", "val", "images-00000.npy.part"]))
        {
            error = await full.ErrorAsync<UserErrorException>(() => Pack("set", options));
        }

        Assert.StartsWith($"Cannot write {_folder["set.part"]}: No space left on device", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(6, Pack("set", options).Val.Images);
    }

    [Fact]
    public void Pack_DatasetExists_IsRejectedAndKept()
    {
        Pack("set", s_options);

        var error = Assert.Throws<UserErrorException>(() => Pack("set", s_options));

        Assert.Equal($"{_folder["set"]} is already a dataset. Choose another name, or delete it to pack it again.", error.Message);
        Assert.True(File.Exists(_folder["set", "dataset.json"]));
    }

    [Fact]
    public void Pack_FolderWithOtherContent_IsRejected()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            DatasetPacker.Pack(_source, _source, s_options, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal($"{_source} exists and is not a dataset. Choose another name or an empty folder.", error.Message);
    }

    [Theory]
    [InlineData(0, 16, "side must be between 1 and 4096 pixels (it is 0).")]
    [InlineData(16, 0, "short-side must be between 1 and 8192 pixels (it is 0).")]
    public void Pack_SizeOutOfRange_IsAUsageError(int side, int shortSide, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() =>
            Pack("set", new PackOptions { Side = side, ShortSide = shortSide }));

        Assert.Equal((expected, 2), (error.Message, error.ExitCode));
    }

    public void Dispose() => _folder.Dispose();

    private DatasetManifest Pack(string name, PackOptions options, IProgress<StageProgress>? progress = null) =>
        DatasetPacker.Pack(_source, _folder[name], options, progress, TestContext.Current.CancellationToken);

    private void CancelDuringVal(string name, PackOptions options)
    {
        using var cancellation = new CancellationTokenSource();
        var progress = CancelInVal(cancellation);
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetPacker.Pack(_source, _folder[name], options, progress, cancellation.Token));
    }

    // The training split has 12 files, so the first report above 12 comes from the validation split.
    private static ProgressCallback CancelInVal(CancellationTokenSource cancellation) => new(value =>
    {
        if (value is { Stage: "packing", Done: > 12 })
        {
            cancellation.Cancel();
        }
    });

    /// <summary>Packs the same images through a <see cref="SequentialSource"/>; returns the names of those that were opened.</summary>
    private IReadOnlyList<string> PackSequentially(string name, PackOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var source = new SequentialSource(ImageSources.Open(_source, cancellationToken: cancellationToken));
        DatasetPacker.Pack(() => source, _folder[name], options, progress, cancellationToken);
        return source.Opened;
    }

    private void AddUnreadableFiles()
    {
        var image = Path.Combine(_source, "train", "class000", "class000_00001.JPEG");
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..^100]);
        Directory.CreateDirectory(Path.Combine(_source, "train", "class000", "a-folder.JPEG"));
        File.WriteAllText(Path.Combine(_source, "train", "class001", "text.JPEG"), "hello");
        File.WriteAllText(Path.Combine(_source, "train", "class001", "zero.JPEG"), "");
        File.Copy(Path.Combine(_source, "train", "class001", "class001_00000.JPEG"), Path.Combine(_source, "train", "class001", "line\nbreak.jpg"));
    }

    private void AssertImages(Dataset dataset, Split split, PackedImages images)
    {
        var files = File.ReadAllLines(Dataset.FilesPath(dataset.Folder, split));
        Assert.Equal(dataset.Manifest[split].Images, files.Length);
        Assert.Equal(files.Length, images.Count);
        var expected = new byte[ImageBytes];
        var reader = new ImageReader(16, 16);
        for (var i = 0; i < files.Length; i++)
        {
            Assert.Null(reader.Read(Path.Combine(_source, files[i]), expected));
            Assert.Equal(expected, images[i].ToArray());
        }
    }

    private void AssertSameDataset(string expected, string actual)
    {
        var left = TestSource.Content(_folder[expected]);
        var right = TestSource.Content(_folder[actual]);
        Assert.Equal(left.Keys, right.Keys);
        Assert.All(left.Where(file => file.Key != DatasetManifest.FileName), file => Assert.Equal(file.Value, right[file.Key]));
        Assert.Equivalent(Dataset.Open(_folder[expected]).Manifest.Train, Dataset.Open(_folder[actual]).Manifest.Train, strict: true);
        Assert.Equivalent(Dataset.Open(_folder[expected]).Manifest.Val, Dataset.Open(_folder[actual]).Manifest.Val, strict: true);
    }

    private sealed class ProgressCallback(Action<StageProgress> report) : IProgress<StageProgress>
    {
        private readonly Lock _gate = new();

        public void Report(StageProgress value)
        {
            lock (_gate)
            {
                report(value);
            }
        }
    }
}
