using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class DatasetTests : IDisposable
{
    private const int Side = 2;
    private const int ImageBytes = Side * Side * 3;

    private readonly TemporaryFolder _folder = new();

    public DatasetTests()
    {
        CghJson.Save(_folder[DatasetManifest.FileName], new DatasetManifest
        {
            Name = "tiny",
            Classes = ["cat", "dog"],
            Side = Side,
            ShortSide = Side,
            Train = WriteSplit(Split.Train, [3, 1, 2]),
            Val = WriteSplit(Split.Val, [2]),
        });
    }

    [Fact]
    public void Images_OverSeveralShards_AreFoundByTheirIndex()
    {
        using var dataset = Dataset.Open(_folder.Path);

        Assert.Equal(6, dataset.Train.Count);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(Pixels(i), dataset.Train[i].ToArray());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Train[6].Length);
    }

    [Fact]
    public void VerifyChecksums_ShardUnchanged_Passes()
    {
        using var dataset = Dataset.Open(_folder.Path);

        dataset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void VerifyChecksums_OnePixelChanged_NamesTheShard()
    {
        var shard = _folder["train", "images-00001.npy"];
        var bytes = File.ReadAllBytes(shard);
        bytes[^1] ^= 1;
        File.WriteAllBytes(shard, bytes);
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken));

        Assert.StartsWith($"{shard} fails its checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutManifest_SaysHowToMakeADataset()
    {
        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(_folder["train"]));

        Assert.Equal($"{_folder["train"]} holds no dataset (no dataset.json). Make one with: Cgh.DataPrep pack SOURCE --out {_folder["train"]}", error.Message);
    }

    [Fact]
    public void OriginalLabels_LabelWithoutClass_NamesItsRow()
    {
        NpyFile.WriteInt64(Dataset.LabelsPath(_folder.Path, Split.Train), new long[] { 0, 1, 0, 2, 0, 1 });
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.OriginalLabels(Split.Train));

        Assert.Contains("has label 2 in row 3; the dataset's classes are 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateLabelSet_ThenLoad_GivesTheSameLabelsAndExamples()
    {
        using var dataset = Dataset.Open(_folder.Path);
        var made = LabelSet.Create(dataset, 0.5, 7);

        var loaded = dataset.Labels("noise-0.5-seed-7");

        Assert.Equal(made.Labels, loaded.Labels);
        Assert.Equal(made.Info, loaded.Info);
        Assert.Equal(made.Examples.Corrupt, loaded.Examples.Corrupt);
        Assert.Equal(made.Examples.Pristine, loaded.Examples.Pristine);
        Assert.Equal(made.Examples.TrainSample, loaded.Examples.TrainSample);
        Assert.Equal(["original", "noise-0.5-seed-7"], dataset.LabelSetNames());
    }

    [Theory]
    [InlineData(-0.1, null)]
    [InlineData(1.5, null)]
    [InlineData(double.NaN, null)]
    [InlineData(0.5, "original")]
    [InlineData(0.5, "../elsewhere")]
    public void CreateLabelSet_FractionOrNameOutOfRange_IsAUsageErrorAndWritesNothing(double fraction, string? name)
    {
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, fraction, 0, name));

        Assert.Equal(2, error.ExitCode);
        Assert.False(Directory.Exists(_folder["labels"]));
    }

    [Fact]
    public void CreateLabelSet_NameTakenByAnother_IsRefused()
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, 0.5, 7, "noisy");

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, 0.5, 8, "noisy"));

        Assert.Equal($"Label set 'noisy' of {_folder.Path} exists already with fraction 0.5 and seed 7. Choose another --name.", error.Message);
    }

    [Fact]
    public void LoadLabelSet_ValuesChanged_IsRefused()
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, 0, 7, "clean");
        NpyFile.WriteInt64(LabelSet.ValuesPath(_folder.Path, "clean"), new long[6]);

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("clean"));

        Assert.Contains("is not what fraction 0 and seed 7 give", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadLabelSet_UnknownName_SuggestsTheNearest()
    {
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("orignal"));

        Assert.Contains("Did you mean 'original'?", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Pixels(int index) => [.. Enumerable.Range(0, ImageBytes).Select(i => (byte)((index * 16) + i))];

    private SplitInfo WriteSplit(Split split, int[] shards)
    {
        var folder = Directory.CreateDirectory(Dataset.SplitFolder(_folder.Path, split)).FullName;
        var infos = new List<ShardInfo>();
        var first = 0;
        foreach (var count in shards)
        {
            var name = $"images-{infos.Count:D5}.npy";
            byte[] bytes = [.. NpyFile.MakeHeader(NpyFile.UInt8, count, Side, Side, 3), .. Enumerable.Range(first, count).SelectMany(Pixels)];
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
            infos.Add(new ShardInfo(name, count, Convert.ToHexStringLower(SHA256.HashData(bytes))));
            first += count;
        }

        NpyFile.WriteInt64(Dataset.LabelsPath(_folder.Path, split), LabelNoiseTests.Original(first, classes: 2));
        return new SplitInfo(first, infos, []);
    }
}
