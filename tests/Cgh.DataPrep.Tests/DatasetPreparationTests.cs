using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class DatasetPreparationTests : IDisposable
{
    private static readonly DatasetRequest s_demo = new() { Name = "demo", Demo = TestSource.Images };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Prepare_DemoMissing_MakesImagesDatasetAndLabelSets()
    {
        Prepare(s_demo, new LabelSetRequest { Fraction = 0.5, Seed = 2 }, new LabelSetRequest { Name = "mine", Fraction = 1, Seed = 3 });

        using var dataset = Dataset.Open(_folder["datasets", "demo"]);
        Assert.Equal((12, 6, 16, 16), (dataset.Train.Count, dataset.Val.Count, dataset.Manifest.Side, dataset.Manifest.ShortSide));
        Assert.Equal(["original", "mine", "noise-0.5-seed-2"], dataset.LabelSetNames());
        Assert.True(File.Exists(_folder["sources", "demo", "demo.json"]));
    }

    [Fact]
    public void Prepare_AllThere_TouchesNothing()
    {
        var labels = new LabelSetRequest { Fraction = 0.5, Seed = 2 };
        Prepare(s_demo, labels);
        Directory.Delete(_folder["sources"], recursive: true);
        var before = TestSource.Content(_folder.Path);

        Prepare(s_demo, labels);

        Assert.Equal(before, TestSource.Content(_folder.Path));
    }

    [Fact]
    public void Prepare_FolderOfImages_PacksItAtTheSizesAskedFor()
    {
        var request = new DatasetRequest { Name = "photos", Source = TestSource.Make(_folder), Side = 8, ShortSide = 10 };

        Prepare(request);
        Prepare(request);

        using var dataset = Dataset.Open(_folder["datasets", "photos"]);
        Assert.Equal((8, 10, request.Source), (dataset.Manifest.Side, dataset.Manifest.ShortSide, dataset.Manifest.Source));
    }

    [Fact]
    public void Prepare_DatasetOfOtherDemoImages_IsRefused()
    {
        Prepare(s_demo);

        var error = Assert.Throws<UserErrorException>(() => Prepare(s_demo with { Demo = TestSource.Images with { Seed = 6 } }));

        Assert.StartsWith($"Dataset 'demo' in {_folder["datasets", "demo"]} is another one: it was made of demo images: 3 classes, 12 train, 6 test, side 16, seed 5, look ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Choose another name, or delete that folder.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_DatasetOfOtherSize_IsRefused()
    {
        var request = new DatasetRequest { Name = "photos", Source = TestSource.Make(_folder), Side = 8, ShortSide = 10 };
        Prepare(request);

        var error = Assert.Throws<UserErrorException>(() => Prepare(request with { Side = 9 }));

        Assert.Equal($"Dataset 'photos' in {_folder["datasets", "photos"]} is another one: its images have side 8 and short side 10, not 9 and 10. Choose another name, or delete that folder.", error.Message);
    }

    [Fact]
    public void Prepare_NeitherDemoNorSource_TakesWhatIsThereOrSaysHowToMakeIt()
    {
        var error = Assert.Throws<UserErrorException>(() => Prepare(new DatasetRequest { Name = "demo" }));
        Assert.Equal($"There is no dataset 'demo' in {_folder["datasets"]}. Make it with: Cgh.DataPrep pack SOURCE --out demo, or give the recipe's dataset a source.", error.Message);

        Prepare(s_demo);
        Prepare(new DatasetRequest { Name = "demo" }, new LabelSetRequest { Fraction = 0.25, Seed = 1 });

        Assert.True(File.Exists(_folder["datasets", "demo", "labels", "noise-0.25-seed-1.npy"]));
    }

    [Fact]
    public void Prepare_NameThatIsAPath_IsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => Prepare(s_demo with { Name = "../elsewhere" }));

        Assert.Equal((2, "'../elsewhere' cannot name a dataset: use letters, digits, '.', '-' and '_'."), (error.ExitCode, error.Message));
    }

    public void Dispose() => _folder.Dispose();

    private void Prepare(DatasetRequest request, params LabelSetRequest[] labels) =>
        new DatasetPreparation(new DataFolder(_folder.Path)).Prepare(request, labels, stop: TestContext.Current.CancellationToken);
}
