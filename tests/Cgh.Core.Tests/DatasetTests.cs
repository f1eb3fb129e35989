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
    public void Images_SeveralShards_AreFoundByIndex()
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
    public void VerifyChecksums_PixelModified_NamesTheShard()
    {
        var shard = _folder["train", "images-00001.npy"];
        var bytes = File.ReadAllBytes(shard);
        bytes[^1] ^= 1;
        File.WriteAllBytes(shard, bytes);
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.VerifyChecksums(Split.Train, TestContext.Current.CancellationToken));

        Assert.StartsWith($"{shard} does not match its checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutManifest_NamesTheCommandThatCreatesADataset()
    {
        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(_folder["train"]));

        Assert.Equal(
            $"{_folder["train"]} is not a dataset (it has no dataset.json). Create one with: Cgh.DataPrep pack SOURCE --out {_folder["train"]}",
            error.Message);
    }

    [Theory]
    [InlineData("\"train\": {", "\"train\": null, \"x\": {", "is not readable: train is null.")]
    [InlineData("\"shards\": [", "\"shards\": [null,", "is not readable: train.shards[0] is null.")]
    [InlineData("\"cat\"", "null", "is not readable: classes[0] is null.")]
    [InlineData("\"file\": \"images-00000.npy\"", "\"file\": \"../../images-00000.npy\"", "is damaged: '../../images-00000.npy' is not the name of a shard.")]
    [InlineData("\"images\": 6", "\"images\": 7", "is damaged: the images of its shards are not 7 in all.")]
    [InlineData("\"side\": 2", "\"side\": -2", "is damaged: a side of -2 or 2 pixels.")]
    public void Open_DamagedManifest_SaysWhatIsWrong(string text, string replacement, string expected)
    {
        var manifest = _folder[DatasetManifest.FileName];
        var whole = File.ReadAllText(manifest);
        Assert.Contains(text, whole, StringComparison.Ordinal);
        File.WriteAllText(manifest, whole.Replace(text, replacement, StringComparison.Ordinal));

        var error = Assert.Throws<UserErrorException>(() => Dataset.Open(_folder.Path));

        Assert.StartsWith($"{manifest} {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OriginalLabels_LabelOutOfRange_NamesItsRow()
    {
        NpyFile.WriteInt64(Dataset.LabelsPath(_folder.Path, Split.Train), new long[] { 0, 1, 0, 2, 0, 1 });
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.OriginalLabels(Split.Train));

        Assert.Contains("has label 2 in row 3; the dataset's classes are 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateLabelSet_ThenLoad_RoundTrips()
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
    public void CreateLabelSet_InvalidFractionOrName_IsAUsageErrorAndWritesNothing(double fraction, string? name)
    {
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, fraction, 0, name));

        Assert.Equal(2, error.ExitCode);
        Assert.False(Directory.Exists(_folder["labels"]));
    }

    [Fact]
    public void CreateLabelSet_NameInUseWithOtherSeed_IsRejected()
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, 0.5, 7, "noisy");

        var error = Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, 0.5, 8, "noisy"));

        Assert.Equal($"Label set 'noisy' already exists in {_folder.Path} with fraction 0.5 and seed 7. Choose another --name.", error.Message);
    }

    [Fact]
    public async Task CreateLabelSet_OneNameWithTwoSeedsAtOnce_OneIsCreatedAndTheOtherRejected()
    {
        for (var round = 0; round < 20; round++)
        {
            var name = $"round-{round}";
            using var start = new Barrier(2);
            var seeds = await Task.WhenAll(Create(3), Create(4));

            var made = Assert.Single(seeds, seed => seed is not null);
            using var dataset = Dataset.Open(_folder.Path);
            Assert.Equal(made, dataset.Labels(name).Info.Seed);

            Task<uint?> Create(uint seed) => Task.Factory.StartNew(
                () =>
                {
                    using var own = Dataset.Open(_folder.Path);
                    start.SignalAndWait(TestContext.Current.CancellationToken);
                    try
                    {
                        return (uint?)LabelSet.Create(own, 0.5, seed, name).Info.Seed;
                    }
                    catch (UserErrorException error)
                    {
                        Assert.Contains($"'{name}' already exists", error.Message, StringComparison.Ordinal);
                        return null;
                    }
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
    }

    [Fact]
    public void LoadLabelSet_LabelsModified_IsRejected()
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, 0, 7, "clean");
        NpyFile.WriteInt64(LabelSet.ValuesPath(_folder.Path, "clean"), new long[6]);

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("clean"));

        Assert.Contains("does not match fraction 0 and seed 7: it was modified", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LabelNoiseKind.Permute, "permute-0.5-seed-7")]
    [InlineData(LabelNoiseKind.PairFlip, "pair-flip-0.5-seed-7")]
    [InlineData(LabelNoiseKind.Transition, "transition-0.5-seed-7")]
    [InlineData(LabelNoiseKind.Import, "mine")]
    public void CreateLabelSet_AnyKind_IsRecordedAndRoundTrips(LabelNoiseKind kind, string name)
    {
        using var dataset = Dataset.Open(_folder.Path);
        var request = Request(kind);
        var made = LabelSet.Create(dataset, request);

        var loaded = dataset.Labels(name);

        Assert.Equal(made.Info, loaded.Info);
        Assert.Equal(
            (kind, 1, 7u, made.Info.Corrupt),
            (loaded.Info.Kind, loaded.Info.Procedure, loaded.Info.Seed, LabelNoise.CountCorrupt(dataset.OriginalLabels(Split.Train), loaded.Labels)));
        Assert.Equal(kind is LabelNoiseKind.Transition or LabelNoiseKind.Import, loaded.Info.Sha256 is not null);
        Assert.Equal(made.Labels, loaded.Labels);
        Assert.Equal(made.Examples.TrainSample, loaded.Examples.TrainSample);
        Assert.Equal(made.Examples.Corrupt, loaded.Examples.Corrupt);
        Assert.Equal(["original", name], dataset.LabelSetNames());
        Assert.Equal(made.Info, LabelSet.Create(dataset, request).Info);
    }

    [Fact]
    public void CreateLabelSet_NameInUseWithOtherMatrixOrLabels_IsRejected()
    {
        using var dataset = Dataset.Open(_folder.Path);
        var transition = Request(LabelNoiseKind.Transition) with { Name = "a" };
        var import = Request(LabelNoiseKind.Import) with { Name = "b" };
        LabelSet.Create(dataset, transition);
        LabelSet.Create(dataset, import);
        File.WriteAllText(transition.Matrix!, "0,1\n1,0\n");
        File.WriteAllText(import.File!, "1\n1\n1\n1\n1\n1\n");

        Assert.Contains("'a' already exists", Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, transition)).Message, StringComparison.Ordinal);
        Assert.Contains(
            $"already exists in {_folder.Path} with the labels of",
            Assert.Throws<UserErrorException>(() => LabelSet.Create(dataset, import)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"abc\"", "SHA-256 abc")]
    [InlineData("null", "SHA-256 none")]
    public void LoadLabelSet_ChecksumEdited_IsRejected(string sha256, string expected)
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, Request(LabelNoiseKind.Import));
        var path = LabelSet.InfoPath(dataset.Folder, "mine");
        File.WriteAllText(path, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(path), "\"sha256\": \"[0-9a-f]+\"", $"\"sha256\": {sha256}"));

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("mine"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("it was modified. Delete it and its .json, then create it again.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadLabelSet_ImportedLabelsModified_IsRejected()
    {
        using var dataset = Dataset.Open(_folder.Path);
        LabelSet.Create(dataset, Request(LabelNoiseKind.Import));
        NpyFile.WriteInt64(LabelSet.ValuesPath(_folder.Path, "mine"), new long[6]);

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("mine"));

        Assert.Contains("it was modified. Delete it and its .json, then create it again.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadLabelSet_FileWithoutKind_IsUniform()
    {
        using var dataset = Dataset.Open(_folder.Path);
        var made = LabelSet.Create(dataset, 0.5, 7, "old");
        File.WriteAllText(
            LabelSet.InfoPath(_folder.Path, "old"),
            $$"""{ "name": "old", "fraction": 0.5, "seed": 7, "corrupt": {{made.Info.Corrupt}}, "pristine": {{made.Info.Pristine}} }""");

        var loaded = dataset.Labels("old");

        Assert.Equal((LabelNoiseKind.Uniform, 1), (loaded.Info.Kind, loaded.Info.Procedure));
        Assert.Equal(made.Examples.Corrupt, loaded.Examples.Corrupt);
    }

    [Fact]
    public void LoadLabelSet_LaterProcedure_IsRejected()
    {
        using var dataset = Dataset.Open(_folder.Path);
        var made = LabelSet.Create(dataset, 0.5, 7, "later");
        CghJson.Save(LabelSet.InfoPath(_folder.Path, "later"), made.Info with { Procedure = 2 });

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("later"));

        Assert.EndsWith(
            "was generated by procedure 2; this program supports procedure 1. Delete the label set and create it again.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LabelNoiseKind.Transition, 0.5, null, null, "Kind transition needs a matrix")]
    [InlineData(LabelNoiseKind.Permute, 0.5, "m.csv", null, "A matrix applies only to kind transition")]
    [InlineData(LabelNoiseKind.Import, null, null, null, "Kind import needs a file")]
    [InlineData(LabelNoiseKind.Uniform, 0.5, null, "f.txt", "A file applies only to kind import")]
    [InlineData(LabelNoiseKind.Import, 0.5, null, "f.txt", "Fraction does not apply to kind import")]
    public void CreateLabelSet_SettingOfAnotherKind_IsAUsageError(LabelNoiseKind kind, double? fraction, string? matrix, string? file, string expected)
    {
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(
            () => LabelSet.Create(dataset, new LabelSetRequest { Name = "x", Kind = kind, Fraction = fraction, Matrix = matrix, File = file }));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void LoadLabelSet_UnknownName_SuggestsTheNearest()
    {
        using var dataset = Dataset.Open(_folder.Path);

        var error = Assert.Throws<UserErrorException>(() => dataset.Labels("orignal"));

        Assert.Contains("Did you mean 'original'?", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private LabelSetRequest Request(LabelNoiseKind kind)
    {
        File.WriteAllText(_folder["matrix.csv"], "0.5,0.5\n0.25,0.75\n");
        File.WriteAllText(_folder["labels.txt"], "0\n0\n0\n1\n1\n1\n");
        return new LabelSetRequest
        {
            Name = kind == LabelNoiseKind.Import ? "mine" : "",
            Kind = kind,
            Fraction = kind == LabelNoiseKind.Import ? null : 0.5,
            Seed = 7,
            Matrix = kind == LabelNoiseKind.Transition ? _folder["matrix.csv"] : null,
            File = kind == LabelNoiseKind.Import ? _folder["labels.txt"] : null,
        };
    }

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
