using Cgh.Core;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class PackEstimateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Measure_Pixels_CoversWhatIsWritten()
    {
        var source = TestSource.Make(_folder);
        var options = new PackOptions { Side = 64, ShortSide = 64 };
        using var opened = ImageSources.Open(source, cancellationToken: TestContext.Current.CancellationToken);
        var plan = PackPlanner.Make(opened, options);

        var estimate = PackEstimate.Measure(opened, plan, plan.Shards, options, TestContext.Current.CancellationToken);

        DatasetPacker.Pack(source, _folder["set"], options, cancellationToken: TestContext.Current.CancellationToken);
        var shards = Directory.GetFiles(_folder["set"], "images-*.npy", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(estimate.Bytes, shards, shards + (plan.Count * 100));
        Assert.Equal((18, 18), (estimate.Images, estimate.Sampled));
    }

    [Fact]
    public void CheckDisk_TooLittleIsFree_NamesBothNumbers()
    {
        var estimate = new PackEstimate(1_281_167, 64, 310, 200_500_000_000, 1_000_000_000);

        var error = Assert.Throws<UserErrorException>(() => estimate.CheckDisk("/data/imagenet", 12_300_000_000));
        estimate.CheckDisk("/data/imagenet", 200_500_000_000);
        estimate.CheckDisk("/data/imagenet", free: null);

        Assert.Equal(
            "/data/imagenet needs 200.5 GB, and 12.3 GB are free on its disk. Free some, choose another folder, or pack fewer or smaller images.",
            error.Message);
        Assert.StartsWith("About 68.9 min at 310 images/s on ", estimate.Lines().First(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
