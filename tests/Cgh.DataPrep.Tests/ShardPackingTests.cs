using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Shards that are packed on their own, by several processes, or again after their records were damaged.</summary>
public sealed class ShardPackingTests : IDisposable
{
    private const int ImageBytes = 16 * 16 * 3;

    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16, ShardBytes = 5 * ImageBytes };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;
    private readonly List<string> _notices = [];

    public ShardPackingTests() => _source = TestSource.Make(_folder);

    [Fact]
    public void Plan_SmallShards_CoverEachSplitInOrder()
    {
        using var source = OpenSource();

        var plan = PackPlanner.Make(source, s_options);

        Assert.Equal(
            [
                new PlannedShard(Split.Train, 0, 0, 5), new PlannedShard(Split.Train, 1, 5, 5), new PlannedShard(Split.Train, 2, 10, 2),
                new PlannedShard(Split.Val, 0, 0, 5), new PlannedShard(Split.Val, 1, 5, 1),
            ],
            plan.Shards);
        Assert.Equal([10, 11], plan.Positions(plan.Shards[2]).ToArray());
        Assert.Equal([17], plan.Positions(plan.Shards[4]).ToArray());
    }

    [Fact]
    public void Pack_AnotherProcessCompletesTheDatasetMeanwhile_EndsWithIt()
    {
        var manifest = DatasetPacker.Pack(
            () =>
            {
                Pack("set");
                return OpenSource();
            },
            _folder["set"],
            s_options,
            progress: null,
            TestContext.Current.CancellationToken);

        Assert.Equal((12, 6), (manifest.Train.Images, manifest.Val.Images));
        Assert.Equal(["set", "source"], Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pack_AnotherProcessCompletesAnotherDatasetMeanwhile_IsRefused()
    {
        var error = Assert.Throws<UserErrorException>(() => DatasetPacker.Pack(
            () =>
            {
                Pack("set");
                return OpenSource();
            },
            _folder["set"],
            s_options with { ShardBytes = ImageBytes },
            progress: null,
            TestContext.Current.CancellationToken));

        Assert.Equal($"{_folder["set"]} is already a dataset. Choose another name, or delete it to pack it again.", error.Message);
    }

    [Fact]
    public void Pack_OneShardAtATimeInReverse_GivesTheSameDataset()
    {
        Pack("straight");
        using (var source = OpenSource())
        using (var pack = Open(source, "shards"))
        {
            foreach (var shard in pack.Missing().Reverse())
            {
                Assert.True(pack.Pack(shard, TestContext.Current.CancellationToken));
            }

            Assert.Empty(pack.Missing());
            pack.Complete(TestContext.Current.CancellationToken);
        }

        AssertSame("straight", "shards");
    }

    [Fact]
    public void Join_DatasetThatAnotherProcessHasCompletedWithOtherOptions_LeavesNothingBehind()
    {
        Pack("done");
        using var source = OpenSource();
        var options = s_options with { Side = 15 };
        var settings = PackSettings.For(source, PackPlanner.Make(source, options), options);

        Assert.Throws<UserErrorException>(() => PackFolder.Open(_folder["done"], settings, notify: null, TestContext.Current.CancellationToken));

        Assert.Equal([_folder["done"]], Directory.GetFileSystemEntries(_folder.Path, "done*"));
    }

    [Fact]
    public void Pack_UnreadableImage_ShiftsNoOtherShard()
    {
        Pack("whole");
        File.WriteAllText(Path.Combine(_source, "train", "class000", "class000_00001.JPEG"), "text");

        var manifest = Pack("less", s_options with { AllowSkipped = true });

        Assert.Equal([4, 5, 2], manifest.Train.Shards.Select(shard => shard.Images));
        Assert.Equal(File.ReadAllBytes(_folder["whole", "train", "images-00001.npy"]), File.ReadAllBytes(_folder["less", "train", "images-00001.npy"]));
        using var dataset = Dataset.Open(_folder["less"]);
        Assert.Equal([0L, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], dataset.OriginalLabels(Split.Train));
        Assert.Equal(11, dataset.Train.Count);
        dataset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Pack_ShardOfUnreadableImagesOnly_HasNoFile()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(_source, "train", "class000")))
        {
            File.WriteAllText(file, "text");
        }

        var manifest = Pack("set", s_options with { AllowSkipped = true, ShardBytes = 2 * ImageBytes });

        Assert.Equal(["images-00002.npy", "images-00003.npy", "images-00004.npy", "images-00005.npy"], manifest.Train.Shards.Select(shard => shard.File));
        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Equal(8, dataset.Train.Count);
        Assert.Equal([1L, 1, 1, 1, 2, 2, 2, 2], dataset.OriginalLabels(Split.Train));
    }

    [Theory]
    [InlineData("pack.json", "", "pack.json is damaged: it is written again, and finished shards are kept.")]
    [InlineData("pack.json", "{\"finger", "pack.json is damaged: it is written again, and finished shards are kept.")]
    [InlineData("train/images-00001.json", "", "train/images-00001.json is damaged: packing this shard again.")]
    [InlineData("train/images-00001.json", "\0\0\0\0", "train/images-00001.json is damaged: packing this shard again.")]
    [InlineData("train/images-00001.npy", "", "train/images-00001.npy is incomplete: packing this shard again.")]
    [InlineData("train/images-00001.npy", "short", "train/images-00001.npy is incomplete: packing this shard again.")]
    [InlineData("train/images-00001.npy", null, "train/images-00001.npy is incomplete: packing this shard again.")]
    [InlineData("pack.json", null, "pack.json is damaged: it is written again, and finished shards are kept.")]
    [InlineData("train/images-00001.json", null, "train/images-00001.json is damaged: packing this shard again.")]
    public void Pack_DamagedAfterAnInterruption_SaysSoAndPacksOnlyThatAgain(string file, string? content, string notice)
    {
        Pack("straight");
        PackTrainOnly("resumed");
        var path = _folder["resumed.part", file];

        // Without content, the file has its length and NULs, as after a power cut.
        File.WriteAllBytes(path, content is null ? new byte[new FileInfo(path).Length] : Encoding.ASCII.GetBytes(content));

        var packed = Resume("resumed");

        Assert.Equal([$"{_folder["resumed.part"]}/{notice}"], _notices);
        Assert.Equal(file == "pack.json" ? 6 : 11, packed);
        AssertSame("straight", "resumed");
    }

    [Fact]
    public void Pack_EndedBetweenTheManifestAndTheRename_IsCompleted()
    {
        Pack("set");
        Directory.Move(_folder["set"], _folder["set.part"]);
        var before = TestSource.Content(_folder["set.part"]);

        Assert.Equal(0, Resume("set"));

        Assert.Equal(before, TestSource.Content(_folder["set"]));
        Assert.False(Directory.Exists(_folder["set.part"]));
    }

    [Fact]
    public async Task Pack_TwoAtOnce_ShareTheShards()
    {
        Pack("straight");
        var options = s_options with { ShardBytes = ImageBytes };
        Pack("single", options);

        // Both have opened the folder before either packs, as two processes would.
        using var ready = new Barrier(2);
        var both = await Task.WhenAll(Task.Run(PackOne), Task.Run(PackOne));

        Assert.Equal(18, both.Sum(one => one.Packed));
        Assert.Equivalent(both[0].Manifest, both[1].Manifest, strict: true);
        AssertSame("single", "shared");

        (int Packed, DatasetManifest Manifest) PackOne()
        {
            using var source = OpenSource();
            using var pack = Open(source, "shared", options);
            ready.SignalAndWait(TestContext.Current.CancellationToken);
            var packed = pack.Missing().Count(shard => pack.Pack(shard, TestContext.Current.CancellationToken));
            pack.PackAll(TestContext.Current.CancellationToken);
            return (packed, pack.Complete(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Pack_AnotherPacksWithOtherOptions_IsRejectedInOneLine()
    {
        using var source = OpenSource();
        using var other = Open(source, "set");

        var error = Assert.Throws<UserErrorException>(() => Pack("set", s_options with { Side = 8 }));

        Assert.Equal(
            $"Another process is packing {_folder["set"]} from other content or with other options. Wait until it ends, or choose another name.",
            error.Message);
    }

    [Fact]
    public void Pack_OtherOptionsAfterAnInterruption_SaysSoAndStartsOver()
    {
        PackTrainOnly("set");
        var progress = new Notices(_notices);

        DatasetPacker.Pack(_source, _folder["set"], s_options with { Side = 8 }, progress, TestContext.Current.CancellationToken);

        Assert.Contains($"The source or the options have changed since {_folder["set.part"]} was begun: packing starts over.", _notices);
    }

    [Fact]
    public void Pack_StagingFolderWithOtherContent_IsRejectedAndKept()
    {
        Directory.CreateDirectory(_folder["set.part"]);
        File.WriteAllText(_folder["set.part", "mine.txt"], "mine");

        var error = Assert.Throws<UserErrorException>(() => Pack("set"));

        Assert.StartsWith($"{_folder["set.part"]}, the staging folder of {_folder["set"]}, has unrelated content.", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["set.part", "mine.txt"]));
    }

    public void Dispose() => _folder.Dispose();

    private DatasetManifest Pack(string name, PackOptions? options = null) =>
        DatasetPacker.Pack(_source, _folder[name], options ?? s_options, cancellationToken: TestContext.Current.CancellationToken);

    private void PackTrainOnly(string name)
    {
        using var source = OpenSource();
        using var pack = Open(source, name);
        foreach (var shard in pack.Missing().Where(shard => shard.Split == Split.Train))
        {
            pack.Pack(shard, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Completes a dataset; returns the number of images that were packed for that.</summary>
    private int Resume(string name)
    {
        using var source = new SequentialSource(OpenSource());
        using var pack = Open(source, name);
        pack.PackAll(TestContext.Current.CancellationToken);
        pack.Complete(TestContext.Current.CancellationToken);
        return source.Opened.Count;
    }

    private IImageSource OpenSource() => ImageSources.Open(_source, cancellationToken: TestContext.Current.CancellationToken);

    private DatasetPack Open(IImageSource source, string name, PackOptions? options = null) => DatasetPack.Open(
        source,
        PackPlanner.Make(source, options ?? s_options),
        _folder[name],
        options ?? s_options,
        new Notices(_notices),
        TestContext.Current.CancellationToken);

    private void AssertSame(string expected, string actual)
    {
        var (left, right) = (TestSource.Content(_folder[expected]), TestSource.Content(_folder[actual]));
        Assert.Equal(left.Keys, right.Keys);
        Assert.All(left.Where(file => file.Key != DatasetManifest.FileName), file => Assert.Equal(file.Value, right[file.Key]));
    }

    private sealed class Notices(List<string> notices) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            if (value.Notice is { } notice)
            {
                lock (notices)
                {
                    notices.Add(notice);
                }
            }
        }
    }
}
