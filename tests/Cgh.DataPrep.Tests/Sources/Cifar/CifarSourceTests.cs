using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Cifar;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Sources.Cifar;

public sealed class CifarSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, bool> Forms => new()
    {
        { "CIFAR-10", "Python", true },
        { "CIFAR-10", "Python", false },
        { "CIFAR-10", "binary", true },
        { "CIFAR-10", "binary", false },
        { "CIFAR-100", "Python", true },
        { "CIFAR-100", "Python", false },
        { "CIFAR-100", "binary", true },
        { "CIFAR-100", "binary", false },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Open_AnyForm_ListsClassesAndLabels(string set, string form, bool archive)
    {
        var layout = CifarFiles.Layout(set, form);
        var classes = set == "CIFAR-10" ? 10 : 100;
        var path = archive ? CifarFiles.WriteArchive(_folder.Path, layout) : CifarFiles.WriteFolder(_folder.Path, layout);

        using var source = Open(path);

        Assert.Equal(CifarFiles.ClassNames(classes), source.Info.Classes);
        Assert.Equal(($"{set}, {form}", set == "CIFAR-10" ? "its labels" : "its fine labels"), (source.Info.Kind, source.Info.LabelsFrom));
        Assert.Equal((layout.Train.Count * 3, 3), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
        Assert.Equal(
            Enumerable.Range(0, source.Images.Count).Select(image => CifarFiles.Label(image / 3, image % 3, classes)),
            Enumerable.Range(0, source.Images.Count).Select(source.Images.LabelAt));
        Assert.Equal(archive ? [$"{layout.Folder}/readme.html"] : [], source.Info.PassedOver.SelectMany(files => files.Examples));
        Assert.Equal(("train/00000", "val/00002"), (source.Images[0].Name, source.Images[source.Images.Count - 1].Name));
    }

    [Theory]
    [InlineData("CIFAR-10")]
    [InlineData("CIFAR-100")]
    public void Pack_AnyForm_GivesTheSamePixels(string set)
    {
        var packed = new List<SortedDictionary<string, byte[]>>();
        foreach (var form in new[] { "Python", "binary" })
        {
            var layout = CifarFiles.Layout(set, form);
            foreach (var path in new[] { CifarFiles.WriteFolder(_folder.Path, layout), CifarFiles.WriteArchive(_folder.Path, layout) })
            {
                packed.Add(Pack(path, $"set-{packed.Count}"));
            }
        }

        Assert.All(packed[1..], content => Assert.Equal(packed[0], content));
        using var dataset = Dataset.Open(_folder["set-0"]);
        var planes = CifarFiles.Pixels(0, 1);
        var interleaved = Enumerable.Range(0, 1024).SelectMany(pixel => new[] { planes[pixel], planes[1024 + pixel], planes[2048 + pixel] });
        Assert.Equal(interleaved, dataset.Train[1].ToArray());
    }

    [Theory]
    [InlineData("Python")]
    [InlineData("binary")]
    public void Open_CoarseLabels_AreThe20OfCifar100(string form)
    {
        var path = CifarFiles.WriteArchive(_folder.Path, CifarFiles.Layout("CIFAR-100", form));

        using var source = Open(path, coarse: true);
        using var fine = Open(path);

        Assert.Equal(CifarFiles.ClassNames(20), source.Info.Classes);
        Assert.Equal("its coarse labels", source.Info.LabelsFrom);
        Assert.Equal([0, 3, 6, 0, 3, 6], Enumerable.Range(0, 6).Select(source.Images.LabelAt));
        Assert.NotEqual(fine.Fingerprint, source.Fingerprint);
    }

    [Fact]
    public void Open_CoarseLabelsOfCifar10_AreRejected()
    {
        var path = CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-10", "binary"));

        var error = Assert.Throws<UserErrorException>(() => Open(path, coarse: true));

        Assert.Equal((2, $"{path} is CIFAR-10, which has no coarse labels. Leave out the choice of coarse labels."), (error.ExitCode, error.Message));
    }

    [Fact]
    public void Open_FolderThatHoldsOneSetTwice_TakesTheFolderAndNamesBothSetsOtherwise()
    {
        CifarFiles.WriteArchive(_folder.Path, CifarFiles.Layout("CIFAR-10", "Python"));
        CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-10", "Python"));
        using (var source = Open(_folder.Path))
        {
            Assert.Equal("CIFAR-10, Python", source.Info.Kind);
        }

        CifarFiles.WriteArchive(_folder.Path, CifarFiles.Layout("CIFAR-100", "binary"));
        AssertError(
            _folder.Path,
            $"{_folder.Path} holds cifar-10-batches-py, cifar-10-python.tar.gz and cifar-100-binary.tar.gz. Give the one to use.");
    }

    [Fact]
    public void Open_WithoutNames_NumbersTheClasses()
    {
        var path = CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-10", "binary"));
        File.Delete(Path.Combine(path, "batches.meta.txt"));

        using var source = Open(path);

        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], source.Info.Classes);
    }

    [Fact]
    public void Open_BatchMissing_IsNamed()
    {
        var path = CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-10", "Python"));
        File.Delete(Path.Combine(path, "data_batch_3"));

        AssertError(
            path,
            $"{path} lacks data_batch_3. CIFAR-10 consists of data_batch_1, data_batch_2, data_batch_3, data_batch_4, data_batch_5, test_batch. Get it again.");
    }

    [Fact]
    public void Open_FolderOfClassFolders_IsNotTakenForCifar100()
    {
        Directory.CreateDirectory(_folder["train", "cat"]);
        File.WriteAllText(_folder["meta"], "{}");
        Assert.False(CifarPlace.IsOne(_folder.Path));

        Directory.Delete(_folder["train"], recursive: true);
        File.WriteAllText(_folder["train"], "a list of files");
        Assert.False(CifarPlace.IsOne(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Open(string path, bool coarse = false) =>
        ImageSources.Open(path, new SourceOptions { Coarse = coarse }, cancellationToken: TestContext.Current.CancellationToken);

    private static void AssertError(string path, string message) => Assert.Equal(message, Assert.Throws<UserErrorException>(() => Open(path)).Message);

    private SortedDictionary<string, byte[]> Pack(string path, string name)
    {
        var options = new PackOptions { Side = 32, ShortSide = 32, Selection = new ImageSelection { EmptyClasses = EmptyClasses.Keep } };
        DatasetPacker.Pack(path, _folder[name], options, cancellationToken: TestContext.Current.CancellationToken);
        var content = TestSource.Content(_folder[name]);
        content.Remove(DatasetManifest.FileName);
        return content;
    }
}
