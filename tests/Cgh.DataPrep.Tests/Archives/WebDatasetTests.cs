using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Folders;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

public sealed class WebDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pack_Shards_GiveTheSameImagesAndLabelsAsTheFolder(bool compressed)
    {
        var source = ArchiveZoo.WriteWebDataset(_folder["shards"], compressed);
        File.WriteAllLines(_folder["shards", "classnames.txt"], SourceZoo.ClassNames);

        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, source, sameNames: false);

        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], manifest.Classes);
        Assert.Equal(SourceZoo.ClassNames, manifest.ClassNames);
        Assert.Equal(("WebDataset", "the .cls or .json file of each image, and classnames.txt"), (manifest.SourceKind, manifest.LabelsFrom));
        var suffix = compressed ? ".gz" : "";
        Assert.Equal($"zoo-train-000000.tar{suffix}/n01440764_104.jpg", File.ReadLines(_folder["zoo-actual", "train", "files.txt"]).First());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Samples_SomePositions_GiveTheirImages(bool compressed)
    {
        using var source = Open(ArchiveZoo.WriteWebDataset(_folder.Path, compressed));
        int[] positions = [3, 39, 40, 120, 121, 199];

        var read = source.Samples(positions).Select(sample =>
        {
            using var stream = sample.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return (sample.Position, Bytes: Convert.ToHexString(bytes.ToArray()));
        }).ToList();

        Assert.Equal(compressed, source.IsSequential);
        Assert.Equal(positions.Select(position => (position, Convert.ToHexString(SourceZoo.Images[position].Bytes))), read);
    }

    [Fact]
    public void Open_ManyShards_KeepsNoneOpen()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "Open files are counted in /proc.");
        for (var shard = 0; shard < 201; shard++)
        {
            Write($"{shard:D4}.tar", ("a.jpg", $"{shard}"), ("a.cls", "0"));
        }

        using var source = Open(_folder.Path);
        var read = source.Samples(Enumerable.Range(0, 201)).Select(sample =>
        {
            using var reader = new StreamReader(sample.Open());
            return reader.ReadToEnd();
        }).ToList();

        Assert.Equal(Enumerable.Range(0, 201).Select(shard => $"{shard}"), read);
        Assert.DoesNotContain(
            Directory.GetFiles("/proc/self/fd"), file => new FileInfo(file).LinkTarget?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Open_OneShard_IsAllTrain()
    {
        ArchiveZoo.WriteWebDataset(_folder.Path);

        using var source = Open(_folder["zoo-val-000001.tar"]);

        Assert.Equal((10, 0), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
    }

    [Theory]
    [InlineData("a-train-0.tar", "a-validation-0.tar", "a-test-0.tar", 1, 1, true)]
    [InlineData("train/0.tar", "valid/0.tar", "other/0.tar", 1, 1, false)]
    [InlineData("train/0.tar", "test/0.tar", "train/1.tar", 2, 1, false)]
    [InlineData("0.tar", "1.tar", "2.tar", 3, 0, false)]
    [InlineData("trainer_0.tar", "latest.tar", "_val_.tar", 2, 1, false)]
    public void Open_NamesOfShardsAndFolders_SayTheSplit(string first, string second, string third, int train, int val, bool passedOver)
    {
        foreach (var name in new[] { first, second, third })
        {
            Write(name, ("a.jpg", "x"), ("a.cls", "0"));
        }

        using var source = Open(_folder.Path);

        Assert.Equal((train, val), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
        Assert.Equal(passedOver ? ["test shard beside validation shards"] : [], source.Info.PassedOver.Select(files => files.Reason));
    }

    [Fact]
    public void Open_LabelsInJson_AreReadWithTheirNames()
    {
        Write(
            "a.tar",
            ("0.json", """{"label": 2, "class_name": "cat"}"""), ("0.png", "x"), ("1.webp", "x"), ("1.json", """{"cls": "0", "label_name": "dog"}"""),
            ("2.JPEG", "x"), ("2.json", """{"other": 1, "class": 1}"""), ("3.jpg", "x"), ("3.cls", "1"), ("3.json", """{"label": 7}"""));

        using var source = Open(_folder["a.tar"]);

        Assert.Equal([("a.tar/0.png", 2), ("a.tar/1.webp", 0), ("a.tar/2.JPEG", 1), ("a.tar/3.jpg", 1)], Images(source).Take(4));
        Assert.Equal(["dog", "1", "cat"], source.Info.ClassNames!.Take(3));
    }

    [Fact]
    public void Open_LabelsThatAreNames_AreSortedOrFollowTheFile()
    {
        Write("a.tar", ("0.jpg", "x"), ("0.cls", "tench"), ("1.jpg", "x"), ("1.cls", "beagle"), ("2.jpg", "x"), ("2.cls", "tench"));
        using (var source = Open(_folder["a.tar"]))
        {
            Assert.Equal(["beagle", "tench"], source.Info.Classes);
            Assert.Equal([1, 0, 1], Images(source).Select(image => image.Label));
        }

        File.WriteAllText(_folder["dataset_info.json"], """{"features": {"label": {"names": ["tench", "shark", "beagle"]}}}""");
        using (var source = Open(_folder["a.tar"]))
        {
            Assert.Equal(["tench", "shark", "beagle"], source.Info.Classes);
            Assert.Equal([0, 2, 0], Images(source).Select(image => image.Label));
        }
    }

    [Fact]
    public void Open_NamesWithOtherLetters_AreOneClassHoweverComposed()
    {
        Write("a.tar", ("0.jpg", "x"), ("0.cls", "cafe\u0301"), ("1.jpg", "x"), ("1.cls", "caf\u00e9"), ("a\ufffd.jpg", "x"), ("a\ufffd.cls", "z"));
        using (var source = Open(_folder["a.tar"]))
        {
            Assert.Equal(["caf\u00e9", "z"], source.Info.Classes);
            Assert.Equal([("a.tar/0.jpg", 0), ("a.tar/1.jpg", 0), ("a.tar/a\ufffd.jpg", 1)], Images(source));
        }

        File.WriteAllText(_folder["classes.txt"], "z\ncafe\u0301\n");
        using (var source = Open(_folder["a.tar"]))
        {
            Assert.Equal(["z", "cafe\u0301"], source.Info.Classes);
            Assert.Equal([1, 1, 0], Images(source).Select(image => image.Label));
        }
    }

    [Fact]
    public void Open_SeveralImagesInASample_TakesTheOneWithoutAnotherDot()
    {
        Write("a.tar", ("s/a.b/0.mask.png", "x"), ("s/a.b/0.cls", "0"), ("s/a.b/0.jpg", "x"), ("s/a.b/0.depth.png", "x"));

        using var source = Open(_folder["a.tar"]);

        Assert.Equal([("a.tar/s/a.b/0.jpg", 0)], Images(source));
    }

    [Fact]
    public void Open_IncompleteAndStrangeSamples_ArePassedOverWithTheirKeys()
    {
        Write(
            "a.tar",
            ("ok.jpg", "x"), ("ok.cls", "0"), ("no-label.jpg", "x"), ("no-image.cls", "0"), ("negative.jpg", "x"), ("negative.cls", "-1"), ("large.jpg", "x"),
            ("large.cls", "99999999"), ("text.jpg", "x"), ("text.json", "{"), ("list.jpg", "x"), ("list.json", "[1]"), ("surrogate.jpg", "x"),
            ("surrogate.json", """{"label": "\ud800"}"""), ("README", "x"), ("ok.jpg", "x"), ("ok.cls", "0"), ("two.jpg", "x"), ("two.jpg", "y"),
            ("two.cls", "0"), ("../up.jpg", "x"), ("._0.jpg", "x"));

        using var source = Open(_folder["a.tar"]);

        Assert.Equal([("a.tar/ok.jpg", 0), ("a.tar/two.jpg", 0)], Images(source));
        Assert.Equal(
            [
                "name with '..': a.tar/../up.jpg",
                "not part of a sample: a.tar/README",
                "sample with the key of an earlier one: a.tar/ok",
                "sample without a label: a.tar/no-label a.tar/negative a.tar/large a.tar/text a.tar/list a.tar/surrogate",
                "sample without an image: a.tar/no-image",
                "second file of its kind in a sample: a.tar/two.jpg",
                "written by the operating system or an editor: a.tar/._0.jpg",
            ],
            source.Info.PassedOver.Select(files => $"{files.Reason}: {string.Join(' ', files.Examples)}"));
    }

    [Theory]
    [InlineData("0", "tench", "", "has both numbers and names as labels, such as 0 and 'tench'.")]
    [InlineData("0", "2", "a\nb\n", "has the label 2, but classes.txt names 2 classes (0 to 1).")]
    [InlineData("a", "c", "a\nb\n", "has the label 'c', which is not in classes.txt.")]
    [InlineData("a", "b", "a\nb\na\n", "cannot be labelled: classes.txt has 'a' twice.")]
    public void Open_LabelsThatDoNotFit_SaysWhich(string first, string second, string names, string expected)
    {
        Write("a.tar", ("0.jpg", "x"), ("0.cls", first), ("1.jpg", "x"), ("1.cls", second));
        File.WriteAllText(_folder["classes.txt"], names);

        Assert.Equal($"{_folder["a.tar"]} {expected}", Error(_folder["a.tar"]));
    }

    [Fact]
    public void Open_NoSample_SaysWhatWasFound()
    {
        Write("a.tar", ("0.txt", "x"), ("1.jpg", "x"));

        Assert.Equal(
            $"{_folder["a.tar"]} holds no image with a label: in a WebDataset, a .cls or .json file with the same key has it. "
                + "Passed over: 1 x sample without a label, 1 x sample without an image. Unpack archives of another kind.",
            Error(_folder["a.tar"]));
    }

    [Theory]
    [InlineData(".tar.zst", "a.tar.zst: .tar.zst is not supported. Decompress it to .tar, which is also faster to read.")]
    [InlineData(".tar.gz", "a.tar.gz is not a tar archive. Download or write it again.")]
    [InlineData(".tar", "a.tar is not a tar archive. Download or write it again.")]
    public void Open_OtherContent_SaysSo(string extension, string expected)
    {
        File.WriteAllText(_folder[$"a{extension}"], "text");

        Assert.Equal(Path.Combine(_folder.Path, expected), Error(_folder[$"a{extension}"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("train")]
    public void Open_FolderOfClassesBesideTheirArchive_IsNotAWebDataset(string folder)
    {
        SourceZoo.WriteFolder(_folder["unpacked"]);
        var path = Path.Combine(_folder["unpacked"], folder);
        File.WriteAllText(Path.Combine(path, "images.tar.gz"), "");

        using var source = Open(path);

        Assert.IsType<ImageFolder>(source);
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Open(string path) => ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);

    private static string Error(string path) => Assert.Throws<UserErrorException>(() => Open(path)).Message;

    private static IEnumerable<(string Name, int Label)> Images(IImageSource source) =>
        Enumerable.Range(0, source.Images.Count).Select(position => (source.Images[position].Name, source.Images[position].Label));

    private void Write(string name, params (string Name, string Content)[] files)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], ArchiveZoo.Tar(files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Content)))));
    }
}
