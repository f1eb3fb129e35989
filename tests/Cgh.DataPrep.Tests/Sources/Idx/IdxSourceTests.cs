using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Sources.Idx;

public sealed class IdxSourceTests : IDisposable
{
    private const string Installed = "/usr/share/datasets/fashion-mnist";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("", '-', false)]
    [InlineData("", '-', true)]
    [InlineData("", '.', false)]
    [InlineData("emnist-balanced-", '-', true)]
    public void Open_AnyNaming_ListsTrainThenTest(string prefix, char dash, bool gzip)
    {
        IdxFiles.WriteSet(_folder.Path, prefix, dash, gzip);

        using var source = Open(_folder.Path);

        Assert.Equal(["0", "1", "2"], source.Info.Classes);
        Assert.Equal(("idx files", "the idx files of labels"), (source.Info.Kind, source.Info.LabelsFrom));
        Assert.Equal((6, 3), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
        Assert.Equal([2, 0, 1, 1, 0, 2, 0, 1, 2], Enumerable.Range(0, 9).Select(source.Images.LabelAt));
        Assert.Equal(["train/00000", "train/00005", "val/00000"], new[] { 0, 5, 6 }.Select(position => source.Images[position].Name));
    }

    [Fact]
    public void Open_LabelsFromOne_AreNamedByTheirNumbers()
    {
        IdxFiles.WriteSet(_folder.Path, firstLabel: 1);

        using var source = Open(_folder.Path);

        Assert.Equal(["1", "2", "3"], source.Info.Classes);
        Assert.Equal(2, source.Images.LabelAt(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pack_PlainOrCompressed_KeepsEveryPixel(bool gzip)
    {
        IdxFiles.WriteSet(_folder["source"], gzip: gzip);

        var options = new PackOptions { Side = 4, ShortSide = 4 };
        DatasetPacker.Pack(_folder["source"], _folder["set"], options, cancellationToken: TestContext.Current.CancellationToken);

        // 5 rows are cropped to the middle 4, which starts at round(0.5) = 0.
        using var dataset = Dataset.Open(_folder["set"]);
        var pixels = IdxFiles.Images(6)[16..];
        Assert.Equal(6, dataset.Train.Count);
        for (var image = 0; image < 6; image++)
        {
            Assert.Equal(pixels.Skip(image * 20).Take(16).SelectMany(grey => new[] { grey, grey, grey }), dataset.Train[image].ToArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Samples_AnyPositions_AreThoseOfTheList(bool gzip)
    {
        IdxFiles.WriteSet(_folder.Path, gzip: gzip);
        using var source = Open(_folder.Path);

        byte[][] all = [.. Read(source, Enumerable.Range(0, 9))];

        Assert.Equal([all[1], all[4], all[7]], Read(source, [1, 4, 7]));
        Assert.Equal(9, all.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Open_FileOfASet_FindsTheOthers()
    {
        IdxFiles.WriteSet(_folder.Path, "emnist-letters-");
        IdxFiles.WriteSet(_folder.Path, "emnist-digits-");

        using var source = Open(_folder["emnist-letters-t10k-labels-idx1-ubyte"]);

        Assert.Equal(9, source.Images.Count);
        AssertError(
            _folder.Path,
            $"{_folder.Path} holds 2 sets (emnist-digits, emnist-letters). Give a file of the one to use, such as {{0}}.",
            _folder["emnist-digits-train-images-idx3-ubyte"],
            _folder["emnist-digits-train-labels-idx1-ubyte"],
            _folder["emnist-digits-t10k-images-idx3-ubyte"],
            _folder["emnist-digits-t10k-labels-idx1-ubyte"]);
    }

    [Fact]
    public void Open_WithoutTestFiles_HasTrainingImagesOnly()
    {
        IdxFiles.WriteSet(_folder.Path);
        File.Delete(_folder["t10k-images-idx3-ubyte"]);
        File.Delete(_folder["t10k-labels-idx1-ubyte"]);

        File.WriteAllText(_folder["README"], "");

        using var source = Open(_folder.Path);

        Assert.Equal("README", source.Info.PassedOver.Single().Examples.Single());
        Assert.Equal((6, 0), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
    }

    [Fact]
    public void Open_LabelsMissing_NamesTheFile()
    {
        IdxFiles.WriteSet(_folder.Path);
        File.Delete(_folder["train-labels-idx1-ubyte"]);

        AssertError(_folder.Path, $"{_folder["train-images-idx3-ubyte"]} has no file of labels beside it. Images and labels are needed.");
    }

    [Fact]
    public void Open_NamesThatSayNothing_AreExplained()
    {
        File.WriteAllBytes(_folder["mine"], IdxFiles.Images(2));

        AssertError(
            _folder.Path,
            $"{_folder.Path} holds idx files, but their names do not say what they hold. Names as MNIST's are needed: train-images-idx3-ubyte, "
                + "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, plain or .gz.");
    }

    [Fact]
    public void Open_OtherNumberOfLabels_IsRejected()
    {
        IdxFiles.WriteSet(_folder.Path);
        File.WriteAllBytes(_folder["train-labels-idx1-ubyte"], IdxFiles.Labels(0, 1, 2));

        AssertError(
            _folder.Path,
            $"{_folder["train-images-idx3-ubyte"]} has 6 images, but {_folder["train-labels-idx1-ubyte"]} has 3 labels. They do not belong together.");
    }

    [Fact]
    public void Open_LabelOutside_NamesFileAndItem()
    {
        IdxFiles.WriteSet(_folder.Path);
        File.WriteAllBytes(_folder["t10k-labels-idx1-ubyte"], IdxFiles.Labels(0, 9, 2));
        AssertError(_folder.Path, $"{_folder["t10k-labels-idx1-ubyte"]}: label 9 of item 1 is out of range: the training labels go from 0 to 2.");

        File.WriteAllBytes(_folder["train-labels-idx1-ubyte"], IdxFiles.Labels(0, 1, 2, 200, 1, 0));
        AssertError(
            _folder.Path,
            $"{_folder["train-labels-idx1-ubyte"]}: label 200 of item 3 is out of range, since no item has label 3. Labels count from 0 or 1 without gaps.");
    }

    [Fact]
    public void Fingerprint_FileChanged_IsAnother()
    {
        IdxFiles.WriteSet(_folder.Path);
        string Fingerprint() => Open(_folder.Path).Fingerprint;
        var before = Fingerprint();

        Assert.Equal(before, Fingerprint());
        File.SetLastWriteTimeUtc(_folder["train-images-idx3-ubyte"], DateTime.UnixEpoch);

        Assert.NotEqual(before, Fingerprint());
    }

    [Fact]
    public void Pack_InstalledFashionMnist_HasEveryImage()
    {
        Assert.SkipUnless(Directory.Exists(Installed), "Debian's dataset-fashion-mnist is not installed.");

        var options = new PackOptions { Side = 28, ShortSide = 28 };
        DatasetPacker.Pack(Installed, _folder["fashion"], options, cancellationToken: TestContext.Current.CancellationToken);

        using var dataset = Dataset.Open(_folder["fashion"]);
        Assert.Equal(
            ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"], dataset.Manifest.Classes);
        Assert.Equal(Enumerable.Repeat(6000, 10), Counts(Split.Train));
        Assert.Equal(Enumerable.Repeat(1000, 10), Counts(Split.Val));
        Assert.Equal("b0d19e4e236818d2cca312303e0d5b6d68ce179171b9b1c9a51b8735b844ebb8", dataset.Manifest.Train.Shards.Single().Sha256);

        IEnumerable<int> Counts(Split split) =>
            dataset.OriginalLabels(split).CountBy(label => label).OrderBy(count => count.Key).Select(count => count.Value);
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Open(string path) => ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);

    private static IEnumerable<byte[]> Read(IImageSource source, IEnumerable<int> positions)
    {
        foreach (var sample in source.Samples(positions))
        {
            using var stream = sample.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            yield return copy.ToArray();
        }
    }

    private static void AssertError(string path, string message, params string[] examples)
    {
        var error = Assert.Throws<UserErrorException>(() => Open(path));
        string[] expected = [.. examples.Select(example => message.Replace("{0}", example, StringComparison.Ordinal)).DefaultIfEmpty(message)];
        Assert.Contains(error.Message, expected);
    }
}
