using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Sources whose labels are in a text table: Kaggle's ImageNet, Tiny ImageNet, flat folders and CSV files.</summary>
public sealed class LabelTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("ILSVRC")]
    [InlineData("ILSVRC/Data/CLS-LOC")]
    public void Pack_KaggleLayout_EqualsTheFolder(string given)
    {
        var images = _folder["kaggle", "ILSVRC", "Data", "CLS-LOC"];
        Write(images, flatVal: true);
        Add("kaggle/ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_00000001.JPEG");
        var solution = SourceZoo.Images
            .Where(image => image.Split == Split.Val)
            .Select(image => $"{Path.GetFileNameWithoutExtension(image.Name)},{image.Class} 1 2 30 40 {image.Class} 5 6 70 80 ");
        File.WriteAllLines(_folder["kaggle", "LOC_val_solution.csv"], solution.Prepend("ImageId,PredictionString"));
        File.WriteAllLines(_folder["kaggle", "LOC_synset_mapping.txt"], SourceZoo.Classes.Zip(SourceZoo.ClassNames, (id, name) => $"{id} {name}"));

        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, _folder["kaggle", given], sameNames: false);

        Assert.Equal("ImageNet in Kaggle's layout", manifest.SourceKind);
        Assert.Equal("the names of the class folders for train, LOC_val_solution.csv for val", manifest.LabelsFrom);
        Assert.Equal(SourceZoo.ClassNames, manifest.ClassNames);
        var passedOver = Assert.Single(manifest.PassedOver);
        Assert.Equal(("in folder 'test', which is not used", 1), (passedOver.Reason, passedOver.Files));
    }

    [Fact]
    public void Pack_TinyImageNet_EqualsTheFolder()
    {
        foreach (var image in SourceZoo.Images)
        {
            var path = image.Split == Split.Train ? _folder["tiny", "train", image.Class, "images", image.Name] : _folder["tiny", "val", "images", image.Name];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, image.Bytes);
        }

        Add("tiny/test/images/test_0.JPEG");
        var labels = SourceZoo.Images.Where(image => image.Split == Split.Val).Select(image => $"{image.Name}\t{image.Class}\t0\t0\t62\t62");
        File.WriteAllLines(_folder["tiny", "val", "val_annotations.txt"], labels);
        File.WriteAllLines(_folder["tiny", "wnids.txt"], SourceZoo.Classes);
        var words = SourceZoo.Classes.Zip(SourceZoo.ClassNames, (id, name) => $"{id}\t{name}");
        File.WriteAllLines(_folder["tiny", "words.txt"], words.Prepend("n00001740\tentity"));

        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, _folder["tiny"], sameNames: false);

        Assert.Equal("Tiny ImageNet", manifest.SourceKind);
        Assert.Equal(
            "the names of the class folders for train, val_annotations.txt for val (images in folders within them: 150)", manifest.LabelsFrom);
        Assert.Equal(SourceZoo.ClassNames, manifest.ClassNames);
        Assert.Equal(["test/images/test_0.JPEG"], Assert.Single(manifest.PassedOver).Examples);
    }

    [Theory]
    [InlineData("file,label\r\n", "\"{0}\",{1}\r\n")]
    [InlineData("", "{0},{1}\n")]
    [InlineData("\ufeffimage;class;extra\n", "val/{0};{1};x\n")]
    [InlineData("label\tfilename\n", "{1}\t{0}\n")]
    public void Pack_FlatValWithLabels_EqualsTheFolder(string header, string row)
    {
        Write(_folder["flat"], flatVal: true);
        var rows = SourceZoo.Images.Where(image => image.Split == Split.Val).Select(image => string.Format(
            CultureInfo.InvariantCulture, row, row.Contains('"') ? image.Name : Path.GetFileNameWithoutExtension(image.Name), image.Class));
        File.WriteAllText(_folder["labels.csv"], header + string.Concat(rows) + string.Format(CultureInfo.InvariantCulture, row, "absent.JPEG", "n01440764"));
        Add("flat/val/unlabelled.JPEG");

        var manifest = SourceZoo.AssertPacksLikeTheFolder(
            _folder, _folder["flat"], SourceZoo.Options with { Source = new SourceOptions { ValLabels = _folder["labels.csv"] } }, sameNames: false);

        Assert.Equal("the names of the class folders for train, labels.csv for val", manifest.LabelsFrom);
        Assert.Equal(
            [("listed in labels.csv but missing", "val/absent.JPEG"), ("without a label in labels.csv", "val/unlabelled.JPEG")],
            manifest.PassedOver.Select(files => (files.Reason, Assert.Single(files.Examples))));
    }

    [Fact]
    public void Pack_CsvWithSplits_EqualsTheFolder()
    {
        foreach (var image in SourceZoo.Images)
        {
            Directory.CreateDirectory(_folder["csv", "pictures"]);
            File.WriteAllBytes(_folder["csv", "pictures", image.Name], image.Bytes);
        }

        var rows = SourceZoo.Images.Reverse().Select((image, i) => $"{(i % 2 == 0 ? "pictures/" : "")}{image.Name},{image.Class},{image.Split}");
        File.WriteAllLines(_folder["csv", "data.csv"], rows.Prepend("path,label,split"));

        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, _folder["csv"], sameNames: false);

        Assert.Equal(("table of image files", "data.csv"), (manifest.SourceKind, manifest.LabelsFrom));
        Assert.Empty(manifest.PassedOver);
    }

    [Fact]
    public void Read_Csv_PassesOverWhatDoesNotMatch()
    {
        Add("a/1.jpg", "a/2.png", "b/3.jpg", "notes.txt");
        File.WriteAllText(_folder["my.csv"], "1.jpg,10\n2,9\n./3.jpg,10\n4.jpg,1\n../up.jpg,1\n/etc/passwd,1\na/1.jpg,10\n");

        using var source = Read(_folder["my.csv"]);

        Assert.Equal(["9", "10"], source.Info.Classes);
        Assert.Equal(["a/2.png", "a/1.jpg", "b/3.jpg"], Enumerable.Range(0, source.Images.Count).Select(position => source.Images[position].Name));
        Assert.Equal(
            [
                ("listed in my.csv but missing", "4.jpg"),
                ("listed in my.csv but outside its folder", "../up.jpg /etc/passwd"),
                ("not an image file", "notes.txt"),
            ],
            source.Info.PassedOver.Select(files => (files.Reason, string.Join(' ', files.Examples))));
    }

    [Theory]
    [InlineData("1.jpg,cat\n1.jpg,dog\n", "has two labels for 1.jpg: 'cat' in row 1 and 'dog' in row 2. Remove one.")]
    [InlineData("1.jpg\n", "has one column. A table of files and labels is needed, such as: cat/1.jpg,cat")]
    [InlineData("1.jpg,cat\n2.jpg\n", "row 2 has 1 of 2 columns. Each row needs a file and its label.")]
    [InlineData("x.jpg,cat\n", "labels no image for training below")]
    [InlineData("file,label,split\n1.jpg,cat,tarin\n", "'tarin' is not a split. Use train, val or test.")]
    [InlineData("1.jpg,\"cat\n", "A table of comma-separated values is needed.")]
    public void Read_WrongCsv_NamesTheRow(string text, string message)
    {
        Add("1.jpg", "2.jpg");
        File.WriteAllText(_folder["my.csv"], text);

        var error = Assert.Throws<UserErrorException>(() => Read(_folder["my.csv"]));

        Assert.StartsWith(_folder["my.csv"], error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat a tabby\ndog,a hound\n")]
    [InlineData("""{"cat": "a tabby", "dog": "a hound"}""")]
    [InlineData("""{"0": ["cat", "a tabby"], "1": ["dog", "a hound"]}""")]
    public void Read_ClassNames_AreThoseOfTheFile(string text)
    {
        Add("images/cat/1.jpg", "images/dog/1.jpg", "images/newt/1.jpg");
        File.WriteAllText(_folder["names"], text);

        using var source = Read(_folder["images"], new SourceOptions { ClassNames = _folder["names"] });

        Assert.Equal(["a tabby", "a hound", "newt"], source.Info.ClassNames);
    }

    [Theory]
    [InlineData("PK\u0003\u0004", "is a zip archive: unpack it and pack the folder.")]
    [InlineData("<html>", "is a web page or XML, perhaps the answer of a server instead of the download.")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer instead of the file: fetch it with git lfs pull.")]
    [InlineData("", "is empty or not a regular file. Use a regular file with content.")]
    [InlineData(
        "whatever",
        "is no source that is known. "
            + "Supported are folders of classes, ImageNet in several layouts, WebDataset, Parquet, CSV tables, CIFAR and idx files (see: pack --help).")]
    public void Open_UnknownFile_SaysWhatItIs(string content, string message)
    {
        File.WriteAllText(_folder["file"], content);

        Assert.Equal($"{_folder["file"]} {message}", Assert.Throws<UserErrorException>(() => Read(_folder["file"])).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Read(string path, SourceOptions? options = null) =>
        ImageSources.Open(path, options, cancellationToken: TestContext.Current.CancellationToken);

    private static void Write(string root, bool flatVal)
    {
        foreach (var image in SourceZoo.Images)
        {
            var path = Path.Combine(root, flatVal && image.Split == Split.Val ? $"val/{image.Name}" : image.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, image.Bytes);
        }
    }

    private void Add(params string[] paths)
    {
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
            File.WriteAllText(_folder[path], "");
        }
    }
}
