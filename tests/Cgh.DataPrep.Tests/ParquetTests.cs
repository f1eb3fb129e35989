using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Images;
using Cgh.Tests;
using ParquetSharp;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class ParquetTests : IDisposable
{
    private static readonly byte[] s_image = SourceZoo.Images[0].Bytes;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(true, true, Compression.Snappy)]
    [InlineData(true, false, Compression.Zstd)]
    [InlineData(false, true, Compression.Uncompressed)]
    [InlineData(false, false, Compression.Gzip)]
    public void Pack_HuggingFaceLayout_EqualsTheFolder(bool asStruct, bool named, Compression compression)
    {
        var table = new TestParquet { Struct = asStruct, ClassNames = named ? SourceZoo.Classes : null, Compression = compression };
        object Label(ZooImage image) => named ? image.Label : image.Class;
        var train = SourceZoo.Images.Where(image => image.Split == Split.Train).Select(image => ((byte[]?)image.Bytes, (object?)Label(image))).ToArray();
        var val = SourceZoo.Images.Where(image => image.Split == Split.Val).Select(image => ((byte[]?)image.Bytes, (object?)Label(image))).ToArray();
        table.Write(_folder["hub", "data", "train-00000-of-00002.parquet"], train[..70]);
        table.Write(_folder["hub", "data", "train-00001-of-00002.parquet"], train[70..]);
        table.Write(_folder["hub", "data", "validation-00000-of-00001.parquet"], val);
        table.Write(_folder["hub", "data", "test-00000-of-00001.parquet"], [(s_image, -1L)]);

        File.WriteAllText(_folder["hub", "README.md"], "about");

        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, _folder["hub"], sameNames: false);

        Assert.Equal(SourceZoo.Classes, manifest.Classes);
        Assert.Equal("3 Parquet files", manifest.SourceKind);
        Assert.Equal(named ? "column 'label', with the names in the files' metadata" : "column 'label'", manifest.LabelsFrom);
        Assert.Equal(
            [("in split 'test', which is not used", 1, "data/test-00000-of-00001.parquet"), ("not a Parquet file", 1, "README.md")],
            manifest.PassedOver.Select(files => (files.Reason, files.Files, files.Examples[0])));
        Assert.Equal("data/train-00000-of-00002.parquet#0", File.ReadLines(_folder["zoo-actual", "train", "files.txt"]).First());
    }

    [Theory]
    [InlineData("parquet-net.parquet")]
    [InlineData("hyparquet.parquet")]
    public void Read_FilesOfOtherWriters_AreTheSame(string name)
    {
        using var source = Read(Path.Combine(AppContext.BaseDirectory, "golden", "parquet", name));

        Assert.Equal(["cat", "dog"], source.Info.Classes);
        Assert.Equal([0, 1, 0, 1, 1], source.Images.PositionsOf(Split.Train).Select(source.Images.LabelAt));
        Assert.Equal([$"{name}#4"], Assert.Single(source.Info.PassedOver).Examples);
        Assert.Equal(
            ["image 0", "image 1", "image 2", "image 3", "image 5"],
            source.Samples(source.Images.PositionsOf(Split.Train)).Select(sample => System.Text.Encoding.ASCII.GetString(ReadAll(sample))));
    }

    [Fact]
    public void Open_OneFileWithNumbers_NumbersTheClassesInTheirOrder()
    {
        var path = new TestParquet { LabelName = "fine_label" }.Write(_folder["a.parquet"], [(s_image, 10L), (s_image, 9L), (s_image, 9L), (s_image, null)]);

        using var source = Read(path);

        Assert.Equal(["9", "10"], source.Info.Classes);
        Assert.Equal(("Parquet file", "column 'fine_label'"), (source.Info.Kind, source.Info.LabelsFrom));
        Assert.Equal([1, 0, 0], source.Images.PositionsOf(Split.Train).Select(source.Images.LabelAt));
        Assert.Equal(0, source.Images.CountOf(Split.Val));
        var passedOver = Assert.Single(source.Info.PassedOver);
        Assert.Equal(("without a label in column 'fine_label'", 1), (passedOver.Reason, passedOver.Files));
        Assert.Equal(["a.parquet#3"], passedOver.Examples);
    }

    [Fact]
    public void Samples_SomePositions_AreThoseImages()
    {
        byte[][] images = [.. Enumerable.Range(0, 90).Select(i => new byte[] { (byte)i, 1, 2 })];
        var rows = images.Select((image, i) => ((byte[]?)image, i % 7 == 3 ? null : (object?)(long)(i % 2))).ToArray();
        new TestParquet { PageSize = 16 }.Write(_folder["set", "train.parquet"], rows);
        using var source = Read(_folder["set"]);
        int[] positions = [0, 5, 30, 31, 70];

        var samples = source.Samples(positions).Select(sample => (sample.Position, sample.Image.Name, First: ReadAll(sample)[0])).ToArray();

        Assert.Equal(positions, samples.Select(sample => sample.Position));
        Assert.All(samples, sample => Assert.Equal($"train.parquet#{sample.First}", sample.Name));
        Assert.Equal(rows.Count(row => row.Item2 is not null), source.Images.Count);
        Assert.Equal(source.Images.Count, source.Samples(source.Images.PositionsOf(Split.Train)).Count());
    }

    [Fact]
    public void Pack_RowWithoutAnImage_SkipsItWithTheReason()
    {
        var path = new TestParquet().Write(_folder["a.parquet"], [(s_image, 0L), (null, 0L)]);
        using var source = Read(path);

        var error = Assert.Throws<UnreadableImageException>(() => source.Samples([0, 1]).Last().Open());

        Assert.Equal("the table has no image here", error.Message);
    }

    [Fact]
    public void Open_ShardMissing_NamesIt()
    {
        new TestParquet().Write(_folder["train-00000-of-00002.parquet"], [(s_image, 0L)]);

        AssertError(_folder.Path, $"{_folder["train-00001-of-00002.parquet"]} is missing. Download it, too.");
    }

    [Fact]
    public void Open_ShardIsAPointer_SaysSo()
    {
        new TestParquet().Write(_folder["train-00000-of-00002.parquet"], [(s_image, 0L)]);
        File.WriteAllText(_folder["train-00001-of-00002.parquet"], "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");

        AssertError(
            _folder.Path, $"{_folder["train-00001-of-00002.parquet"]} is a Git LFS pointer instead of the file: fetch it with git lfs pull.");
    }

    [Fact]
    public void Open_NoLabelColumn_ListsTheColumns()
    {
        var path = new TestParquet { LabelName = "caption" }.Write(_folder["a.parquet"], [(s_image, "a cat")]);

        AssertError(
            path,
            $"{path} has no label column among image.bytes (ByteArray), image.path (string), caption (string). "
                + "Labels are a column of integers or strings: name it with --label-column.");
        using var source = Read(path, new SourceOptions { LabelColumn = "caption" });
        Assert.Equal(["a cat"], source.Info.Classes);
    }

    [Fact]
    public void Open_ColumnOfAnotherType_SaysWhichIsNeeded()
    {
        var path = new TestParquet { ImageName = "photo" }.Write(_folder["a.parquet"], [(s_image, 1L)]);

        AssertError(
            path,
            $"{path}: column 'label' has the type Int64. Images are a column of bytes, or of structures with a field 'bytes'.",
            new SourceOptions { ImageColumn = "label" });
        AssertError(path, $"{path} has no column 'phota'. Did you mean 'photo'?", new SourceOptions { ImageColumn = "phota" });
    }

    [Fact]
    public void Open_LabelBeyondTheNames_NamesTheRow()
    {
        var path = new TestParquet { ClassNames = ["cat", "dog"] }.Write(_folder["a.parquet"], [(s_image, 1L), (s_image, 2L)]);

        AssertError(path, $"{path}: row 1 has label 2, but its metadata names 2 classes. Choose another column with --label-column.");
    }

    [Fact]
    public void Open_SameNameTwice_TellsTheClassesApart()
    {
        var path = new TestParquet { ClassNames = ["crane", "dog", "crane"] }.Write(_folder["a.parquet"], [(s_image, 0L)]);

        using var source = Read(path);

        Assert.Equal(["crane (0)", "dog", "crane (2)"], source.Info.Classes);
    }

    [Fact]
    public void Open_CutFile_SaysSo()
    {
        var path = new TestParquet().Write(_folder["a.parquet"], [(s_image, 0L)]);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^20]);

        AssertError(
            path, $"{path} is not a valid Parquet file: it does not end like one, so it was cut or is not complete. Download or write it again.");
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] ReadAll(ImageSample sample)
    {
        using var stream = sample.Open();
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static IImageSource Read(string path, SourceOptions? options = null) =>
        ImageSources.Open(path, options, cancellationToken: TestContext.Current.CancellationToken);

    private static void AssertError(string path, string message, SourceOptions? options = null) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Read(path, options)).Message);
}
