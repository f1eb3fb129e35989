using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Tests.Sources.Idx;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class DatasetPreparationTests : IDisposable
{
    private static readonly DatasetRequest s_demo = new() { Name = "demo", Demo = TestSource.Images };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Prepare_DemoMissing_CreatesImagesDatasetAndLabelSets()
    {
        Prepare(s_demo, new LabelSetRequest { Fraction = 0.5, Seed = 2 }, new LabelSetRequest { Name = "mine", Fraction = 1, Seed = 3 });

        using var dataset = Dataset.Open(_folder["datasets", "demo"]);
        Assert.Equal((12, 6, 16, 16), (dataset.Train.Count, dataset.Val.Count, dataset.Manifest.Side, dataset.Manifest.ShortSide));
        Assert.Equal(["original", "mine", "noise-0.5-seed-2"], dataset.LabelSetNames());
        Assert.True(File.Exists(_folder["sources", "demo", "demo.json"]));
    }

    [Fact]
    public void Prepare_EverythingExists_ChangesNothing()
    {
        var labels = new LabelSetRequest { Fraction = 0.5, Seed = 2 };
        Prepare(s_demo, labels);
        Directory.Delete(_folder["sources"], recursive: true);
        var before = TestSource.Content(_folder.Path);

        Prepare(s_demo, labels);

        Assert.Equal(before, TestSource.Content(_folder.Path));
    }

    [Fact]
    public void Prepare_FolderOfImages_PacksItAtTheRequestedSizes()
    {
        var request = new DatasetRequest { Name = "photos", Source = TestSource.Make(_folder), Side = 8, ShortSide = 10 };

        Prepare(request);
        Prepare(request);

        using var dataset = Dataset.Open(_folder["datasets", "photos"]);
        Assert.Equal((8, 10, request.Source), (dataset.Manifest.Side, dataset.Manifest.ShortSide, dataset.Manifest.Source));
    }

    [Fact]
    public void Prepare_NamedSource_IsFoundInTheDataFolderAndRecordedByItsName()
    {
        IdxFiles.WriteSet(_folder["sources", "fashion-mnist"]);
        var request = new DatasetRequest { Name = "fashion", Source = "fashion-mnist", Side = 4, ShortSide = 4 };

        Prepare(request);
        Prepare(request);

        using var dataset = Dataset.Open(_folder["datasets", "fashion"]);
        Assert.Equal((6, 3, "fashion-mnist"), (dataset.Train.Count, dataset.Val.Count, dataset.Manifest.Source));
    }

    [Fact]
    public void Prepare_DatasetOfOtherDemoImages_IsRejected()
    {
        Prepare(s_demo);

        var error = Assert.Throws<UserErrorException>(() => Prepare(s_demo with { Demo = TestSource.Images with { Seed = 6 } }));

        Assert.StartsWith(
            $"Dataset 'demo' in {_folder["datasets", "demo"]} does not match the request: it was made from demo images: "
                + "3 classes, 12 train, 6 test, side 16, seed 5, look ",
            error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("Choose another name, or delete that folder.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_DatasetOfOtherSize_IsRejected()
    {
        var request = new DatasetRequest { Name = "photos", Source = TestSource.Make(_folder), Side = 8, ShortSide = 10 };
        Prepare(request);

        var error = Assert.Throws<UserErrorException>(() => Prepare(request with { Side = 9 }));

        Assert.Equal(
            $"Dataset 'photos' in {_folder["datasets", "photos"]} does not match the request: its images have side 8 and short side 10, not 9 and 10. "
                + "Choose another name, or delete that folder.",
            error.Message);
    }

    [Theory]
    [InlineData("{\"perClass\": 1}", "it holds another selection of images (all images, not the first 1 images per class and split)")]
    [InlineData("{\"coarse\": true}", "its source was read with other options (valLabels, coarse, imageColumn, labelColumn or classNames)")]
    [InlineData("{\"largeImages\": true}", "images of more than 89 megapixels were not accepted")]
    [InlineData("{\"orient\": true}", "EXIF orientation was not applied")]
    [InlineData("{\"keepJpeg\": true}", "it holds pixels, not encoded files")]
    public void Prepare_DatasetPackedOtherwise_IsRejected(string keys, string difference)
    {
        var request = new DatasetRequest { Name = "photos", Source = TestSource.Make(_folder), Side = 8, ShortSide = 10 };
        Prepare(request);
        var other = CghJson.ParseStrict<DatasetRequest>(keys, "keys") with { Name = "photos", Source = request.Source, Side = 8, ShortSide = 10 };

        var error = Assert.Throws<UserErrorException>(() => Prepare(other));

        Assert.Contains($"does not match the request: {difference}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NeitherDemoNorSource_UsesTheExistingDatasetOrNamesTheRemedy()
    {
        var error = Assert.Throws<UserErrorException>(() => Prepare(new DatasetRequest { Name = "demo" }));
        Assert.Equal(
            $"There is no dataset 'demo' in {_folder["datasets"]}. "
                + "Create it with: Cgh.DataPrep pack SOURCE --out demo, or set the source of the recipe's dataset.",
            error.Message);

        Prepare(s_demo);
        Prepare(new DatasetRequest { Name = "demo" }, new LabelSetRequest { Fraction = 0.25, Seed = 1 });

        Assert.True(File.Exists(_folder["datasets", "demo", "labels", "noise-0.25-seed-1.npy"]));
    }

    [Fact]
    public void Prepare_Counts_RequireADatasetPackedAtThatSize()
    {
        var request = new DatasetRequest { Name = "demo", Side = 299, ShortSide = 299, Counts = new DatasetCounts { Classes = 3, Train = 12, Test = 6 } };
        var missing = Assert.Throws<UserErrorException>(() => Prepare(request));
        Prepare(s_demo);
        var other = Assert.Throws<UserErrorException>(() => Prepare(request));

        Prepare(request with { Side = 16, ShortSide = 16 });

        Assert.Equal(
            $"There is no dataset 'demo' in {_folder["datasets"]}. "
                + "Create it with: Cgh.DataPrep pack SOURCE --out demo --side 299 --short-side 299, or set the source of the recipe's dataset.",
            missing.Message);
        Assert.Equal(
            $"Dataset 'demo' in {_folder["datasets", "demo"]} does not match the request: its images have side 16 and short side 16, not 299 and 299. "
                + "Choose another name, or delete that folder.",
            other.Message);
    }

    [Fact]
    public void Prepare_LabelSetsOfEveryKind_AreCreated()
    {
        File.WriteAllText(_folder["matrix.csv"], "0,1,0\n0,0,1\n1,0,0\n");
        File.WriteAllText(_folder["labels.txt"], string.Concat(Enumerable.Repeat("class002\n", 12)));

        Prepare(
            s_demo,
            new LabelSetRequest { Kind = LabelNoiseKind.Permute, Fraction = 1 },
            new LabelSetRequest { Kind = LabelNoiseKind.PairFlip, Fraction = 1 },
            new LabelSetRequest { Kind = LabelNoiseKind.Transition, Matrix = _folder["matrix.csv"] },
            new LabelSetRequest { Name = "mine", Kind = LabelNoiseKind.Import, File = _folder["labels.txt"] });

        using var dataset = Dataset.Open(_folder["datasets", "demo"]);
        Assert.Equal(["original", "mine", "pair-flip-1-seed-0", "permute-1-seed-0", "transition-1-seed-0"], dataset.LabelSetNames());
        Assert.Equal(dataset.Labels("pair-flip-1-seed-0").Labels, dataset.Labels("transition-1-seed-0").Labels);
        Assert.All(dataset.Labels("mine").Labels, label => Assert.Equal(2, label));
    }

    [Fact]
    public void Prepare_NameThatIsAPath_IsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => Prepare(s_demo with { Name = "../elsewhere" }));

        Assert.Equal((2, "'../elsewhere' is not a valid name for a dataset: use letters, digits, '.', '-' and '_'."), (error.ExitCode, error.Message));
    }

    public void Dispose() => _folder.Dispose();

    private void Prepare(DatasetRequest request, params LabelSetRequest[] labels) =>
        new DatasetPreparation(new DataFolder(_folder.Path)).Prepare(request, labels, cancellationToken: TestContext.Current.CancellationToken);
}
