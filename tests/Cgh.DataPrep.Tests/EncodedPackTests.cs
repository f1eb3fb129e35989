using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Datasets of encoded images.</summary>
public sealed class EncodedPackTests : IDisposable
{
    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16, ShardBytes = 5 * 16 * 16 * 3, KeepJpeg = true, AllowSkipped = true };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public EncodedPackTests() => _source = TestSource.Make(_folder);

    [Fact]
    public void Pack_KeepJpeg_HoldsTheFilesAsTheyAre()
    {
        File.WriteAllText(Path.Combine(_source, "train", "class000", "bad.JPEG"), "text");

        var manifest = Pack();

        Assert.Equal((2, PackEncoding.Encoded, 16, 16), (manifest.Version, manifest.Encoding, manifest.Side, manifest.ShortSide));
        Assert.Equal(new SkippedFile("train/class000/bad.JPEG", "not an image"), Assert.Single(manifest.Train.Skipped));
        Assert.Equal([4, 5, 3], manifest.Train.Shards.Select(shard => shard.Images));
        using var dataset = Dataset.Open(_folder["set"]);
        foreach (var split in Enum.GetValues<Split>())
        {
            var files = File.ReadAllLines(Dataset.FilesPath(_folder["set"], split));
            var images = dataset.Encoded(split);
            Assert.Equal(files.Length, images.Count);
            for (var i = 0; i < files.Length; i++)
            {
                Assert.Equal(File.ReadAllBytes(Path.Combine(_source, files[i])), images[i].ToArray());
            }
        }
    }

    [Fact]
    public void Open_ReadAsPixels_SaysThatItHoldsEncodedImages()
    {
        Pack();
        using var dataset = Dataset.Open(_folder["set"]);

        var error = Assert.Throws<UserErrorException>(() => dataset.Train);

        Assert.Contains("--keep-jpeg", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pack_KeepJpegResumedAfterLosingOffsets_PacksThatShardAgain(bool isThere)
    {
        Pack("straight");
        using (var source = ImageSources.Open(_source, cancellationToken: TestContext.Current.CancellationToken))
        using (var pack = DatasetPack.Open(
            source, PackPlanner.Make(source, s_options), _folder["set"], s_options, progress: null, TestContext.Current.CancellationToken))
        {
            pack.Pack(pack.Plan.Shards[0], TestContext.Current.CancellationToken);
            pack.Pack(pack.Plan.Shards[1], TestContext.Current.CancellationToken);
        }

        var offsets = _folder["set.part", "train", "offsets-00001.npy"];
        var length = new FileInfo(offsets).Length;
        File.Delete(offsets);
        if (isThere)
        {
            // What a power cut can leave.
            File.WriteAllBytes(offsets, new byte[length]);
        }

        Pack();

        var (expected, actual) = (TestSource.Content(_folder["straight"]), TestSource.Content(_folder["set"]));
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected.Where(file => file.Key != DatasetManifest.FileName), file => Assert.Equal(file.Value, actual[file.Key]));
    }

    public void Dispose() => _folder.Dispose();

    private DatasetManifest Pack(string name = "set") =>
        DatasetPacker.Pack(_source, _folder[name], s_options, cancellationToken: TestContext.Current.CancellationToken);
}
