using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Folders;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

public sealed class ImageNetArchivesTests : IDisposable
{
    private const string Train = "ILSVRC2012_img_train.tar";
    private const string Val = "ILSVRC2012_img_val.tar";
    private const string Devkit = "ILSVRC2012_devkit_t12.tar.gz";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Pack_FolderOfArchives_GivesTheSameDatasetAsTheFolder()
    {
        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, ArchiveZoo.WriteImageNet(_folder["archives"]));

        Assert.Equal(SourceZoo.Classes, manifest.Classes);
        Assert.Equal(SourceZoo.ClassNames, manifest.ClassNames);
        Assert.Equal(("ImageNet archives", "the names of the archives in train, and the development kit for val"), (manifest.SourceKind, manifest.LabelsFrom));
        Assert.Empty(manifest.PassedOver);
    }

    [Theory]
    [InlineData(Train, Train, Val)]
    [InlineData(Val, Train, Val)]
    [InlineData("renamed.tar", "renamed.tar", "val.tar")]
    public void Open_OneArchive_FindsTheOthersBesideIt(string given, string train, string val)
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        File.Move(_folder[Train], _folder[train]);
        File.Move(_folder[Val], _folder[val]);

        using var source = Open(_folder[given]);

        Assert.Equal((150, 50), (source.Images.CountOf(Split.Train), source.Images.CountOf(Split.Val)));
        Assert.Equal(
            SourceZoo.Images.Select(image => (image.Path, image.Label)),
            Enumerable.Range(0, 200).Select(position => (source.Images[position].Name, source.Images[position].Label)));
    }

    [Theory]
    [InlineData(Train, "the training images, 138 GB", Val)]
    [InlineData(Val, "the validation images, 6.3 GB", Train)]
    [InlineData(Devkit, "the labels of the validation images, 2.5 MB", Train)]
    public void Open_OneMissing_SaysWhatItIsForAndWhereItIsToBeHad(string missing, string content, string given)
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        File.Delete(_folder[missing]);
        var expected = $"{_folder.Path} holds no {missing} ({content}). "
            + "Download it from https://image-net.org/download (ILSVRC2012, free after registration) into this folder.";

        Assert.Equal(expected, Error(_folder.Path));
        Assert.Equal(expected, Error(_folder[given]));
    }

    [Fact]
    public void Open_UnpackedBesideTheTrainArchive_TakesTheFolders()
    {
        SourceZoo.WriteFolder(ArchiveZoo.WriteImageNet(_folder.Path));
        File.Delete(_folder[Devkit]);

        using var source = Open(_folder.Path);

        Assert.IsType<ImageFolder>(source);
    }

    [Fact]
    public void Open_OtherEntries_ArePassedOverWithTheirReasons()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var names = SourceZoo.Images.Where(image => image.Split == Split.Val).Select(image => image.Name).Order(StringComparer.Ordinal);
        var tar = new RawTar().Add("README.txt", "text"u8).Add("._x.JPEG", "x"u8).Add("__MACOSX/y.JPEG", "x"u8)
            .Add(".hidden.JPEG", "x"u8).Add("link.JPEG", type: '2').Add("../up.JPEG", "x"u8).Add("/etc/a.JPEG", "x"u8)
            .Add("pipe.JPEG", type: '6').Add("sparse.JPEG", type: 'S').Add("folder/", type: '5').Add("strange.JPEG", type: 'Q').Add("deep.tar", "x"u8);
        File.WriteAllBytes(_folder[Val], names.Aggregate(tar.Add(names.First(), "old"u8), (all, name) => all.Add(name, "new"u8)).End());

        using var source = Open(_folder.Path);

        Assert.Equal(
            [
                "absolute name: /etc/a.JPEG", "device or pipe: pipe.JPEG", "hidden: .hidden.JPEG", "link: link.JPEG", "name with '..': ../up.JPEG",
                "not an image file: README.txt, deep.tar", "replaced by a later entry of the same name: ILSVRC2012_val_00000001.JPEG",
                "sparse file: sparse.JPEG", "unknown kind of entry: strange.JPEG",
                "written by the operating system or an editor: ._x.JPEG, __MACOSX/y.JPEG",
            ],
            source.Info.PassedOver.Select(files => $"{files.Reason}: {string.Join(", ", files.Examples)}"));
        using var first = source.Samples([150]).Single().Open();
        using var reader = new StreamReader(first);
        Assert.Equal("new", reader.ReadToEnd());
    }

    [Fact]
    public void Open_FewerValImagesThanLabels_SaysHowMany()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        File.WriteAllBytes(_folder[Val], ArchiveZoo.Tar([("ILSVRC2012_val_00000001.JPEG", [1])]));

        Assert.Equal($"{_folder[Val]} has 1 images, but the development kit has labels for 50.", Error(_folder.Path));
    }

    [Theory]
    [InlineData("11\n", "contains data/ILSVRC2012_validation_ground_truth.txt, whose line 1 is not the id of a class ('11').")]
    [InlineData("1\nn01440764\n", "contains data/ILSVRC2012_validation_ground_truth.txt, whose line 2 is not the id of a class ('n01440764').")]
    public void Open_GroundTruthWithoutSynset_IsNamed(string groundTruth, string expected)
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var mat = new MatBytes();
        ArchiveZoo.WriteDevkit(_folder.Path, ArchiveZoo.Devkit(groundTruth, mat.File(compressed: true, mat.Synsets(ArchiveZoo.Synsets))));

        Assert.Equal($"{_folder[Devkit]} {expected}", Error(_folder.Path));
    }

    [Fact]
    public void Open_ClassWithoutArchive_IsNamed()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        File.WriteAllBytes(_folder[Train], ArchiveZoo.Tar(SourceZoo.Classes.Skip(1).Select(wnid => ($"{wnid}.tar", ArchiveZoo.Tar([("1.JPEG", [1])])))));

        Assert.Equal($"{_folder[Train]} contains no n01440764.tar, a class of the development kit: it has 9 of 10 classes.", Error(_folder.Path));
    }

    [Fact]
    public void Open_ArchiveWithoutClass_IsNamed()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var tars = SourceZoo.Classes.Append("n99999999").Select(wnid => ($"{wnid}.tar", ArchiveZoo.Tar([("1.JPEG", [1])])));
        File.WriteAllBytes(_folder[Train], ArchiveZoo.Tar(tars));

        Assert.Equal($"{_folder[Train]} contains n99999999.tar, which is not a class of the development kit.", Error(_folder.Path));
    }

    [Fact]
    public void Open_InnerArchiveCutShort_IsNamed()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var inner = ArchiveZoo.Tar([("1.JPEG", new byte[2000])]);
        File.WriteAllBytes(_folder[Train], ArchiveZoo.Tar(SourceZoo.Classes.Select(wnid => ($"{wnid}.tar", wnid == "n01484850" ? inner[..1500] : inner))));

        Assert.Equal($"{_folder[Train]} contains n01484850.tar, which is truncated: it ends inside 1.JPEG. Download or write it again.", Error(_folder.Path));
    }

    [Fact]
    public void Open_NoDevkitInside_SaysWhatIsMissing()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        ArchiveZoo.WriteDevkit(_folder.Path, ArchiveZoo.Tar([("ILSVRC2012_devkit_t12/readme.txt", [1])]));

        Assert.Equal($"{_folder[Devkit]} contains no data/meta.mat.", Error(_folder.Path));
    }

    [Fact]
    public void Open_Listing_ReportsProgressAndCanBeCancelled()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        using var cancellation = new CancellationTokenSource();
        var reports = new List<StageProgress>();
        var progress = new ProgressList(reports, report => report.Done == 5, cancellation);

        Assert.ThrowsAny<OperationCanceledException>(() => ImageSources.Open(_folder.Path, progress: progress, cancellationToken: cancellation.Token));

        Assert.Equal(Enumerable.Range(0, 6).Select(done => new StageProgress("listing", done, 11)), reports);
    }

    [Fact]
    public void Fingerprint_ArchiveChanged_IsAnother()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        string Fingerprint()
        {
            using var source = Open(_folder.Path);
            return source.Fingerprint;
        }

        var before = Fingerprint();
        Assert.Equal(before, Fingerprint());
        File.SetLastWriteTimeUtc(_folder[Val], File.GetLastWriteTimeUtc(_folder[Val]).AddSeconds(1));

        Assert.NotEqual(before, Fingerprint());
    }

    public void Dispose() => _folder.Dispose();

    private sealed class ProgressList(List<StageProgress> reports, Func<StageProgress, bool> ends, CancellationTokenSource cancellation)
        : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            reports.Add(value);
            if (ends(value))
            {
                cancellation.Cancel();
            }
        }
    }

    private static IImageSource Open(string path) => ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);

    private static string Error(string path) => Assert.Throws<UserErrorException>(() => Open(path)).Message;
}
