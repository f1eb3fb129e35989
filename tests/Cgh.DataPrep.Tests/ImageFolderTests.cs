using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Read_ClassesAndFiles_AreSortedByOrdinal()
    {
        Add("train/b/2.JPEG", "train/b/10.jpg", "train/B/x.Png", "train/a/1.jpeg", "val/b/1.JPEG", "val/B/1.JPEG");

        var listing = Read(_folder.Path);

        Assert.Equal(["B", "a", "b"], listing.Info.Classes);
        Assert.Equal([("train/B/x.Png", 0), ("train/a/1.jpeg", 1), ("train/b/10.jpg", 2), ("train/b/2.JPEG", 2)], Files(listing, Split.Train));
        Assert.Equal([("val/B/1.JPEG", 0), ("val/b/1.JPEG", 2)], Files(listing, Split.Val));
    }

    [Fact]
    public void Read_OtherFilesAndHiddenOnes_ArePassedOver()
    {
        Add(
            "train/a/1.JPEG", "train/a/notes.txt", "train/a/._1.JPEG", "train/README", "train/.cache/1.JPEG", "train/a/.DS_Store", "train/a/Thumbs.db",
            "train/a/.ipynb_checkpoints/1-checkpoint.jpg", "__MACOSX/train/a/1.JPEG", "train/2.JPEG", "val/a/1.JPEG", "LICENSE", "extra/b/1.JPEG");

        var listing = Read(_folder.Path);

        Assert.Equal(["train/a/1.JPEG", "val/a/1.JPEG"], Files(listing, Split.Train).Concat(Files(listing, Split.Val)).Select(file => file.Name));
        Assert.Equal(
            [
                ("hidden", "train/.cache/1.JPEG"),
                ("in folder 'extra', which is not used", "extra/b/1.JPEG"),
                ("not an image file", "LICENSE train/README train/a/notes.txt"),
                ("not in a class folder", "train/2.JPEG"),
                (
                    "written by the operating system or an editor",
                    "__MACOSX/train/a/1.JPEG train/a/.DS_Store train/a/._1.JPEG train/a/.ipynb_checkpoints/1-checkpoint.jpg train/a/Thumbs.db"),
            ],
            listing.Info.PassedOver.Select(files => (files.Reason, string.Join(' ', files.Examples.Order(StringComparer.Ordinal)))));
    }

    [Fact]
    public void Read_EveryExtension_InAnyCase()
    {
        string[] names = ["1.bmp", "2.GIF", "3.jfif", "4.Jpeg", "5.jpg", "6.PNG", "7.tif", "8.TIFF", "9.webp"];
        Add([.. names.Select(name => $"train/a/{name}"), "train/a/x.jp2", "val/a/1.JPEG"]);

        var listing = Read(_folder.Path);

        Assert.Equal(names.Select(name => $"train/a/{name}"), Files(listing, Split.Train).Select(file => file.Name));
        Assert.Equal(["train/a/x.jp2"], Assert.Single(listing.Info.PassedOver).Examples);
    }

    [Fact]
    public void Fingerprint_FileChanged_IsAnother()
    {
        Add("train/a/1.JPEG", "val/a/1.JPEG");
        var before = Read(_folder.Path).Fingerprint;

        Assert.Equal(before, Read(_folder.Path).Fingerprint);
        File.AppendAllText(_folder["train", "a", "1.JPEG"], "more");

        Assert.NotEqual(before, Read(_folder.Path).Fingerprint);
    }

    [Fact]
    public void Read_FolderMissing_SaysSo() => AssertError(_folder["none"], $"There is no file or folder {_folder["none"]}. Check the path.", exitCode: 2);

    [Fact]
    public void Read_TrainMissing_SaysWhatIsNeeded()
    {
        Add("val/a/1.JPEG");

        AssertError(
            _folder.Path, $"{_folder.Path} holds 'val' but no folder 'train'. ImageNet's layout is needed: train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
    }

    [Theory]
    [InlineData("train", "the only split")]
    [InlineData("train", "val")]
    [InlineData("val", "train")]
    public void Read_SplitWithoutImages_SaysSo(string empty, string other)
    {
        Directory.CreateDirectory(_folder[empty]);
        Add($"{other}/a/{(other is "train" or "val" ? "1.JPEG" : "1.txt")}");

        AssertError(
            _folder.Path,
            $"{_folder[empty]} holds no images ({SourceNames.ListedExtensions}). Class folders are needed: {empty}/CLASS/*.JPEG.");
    }

    [Fact]
    public void Read_ImagesWithoutClassFolders_SaysSo()
    {
        Add("cat/1.JPEG");

        AssertError(
            _folder["cat"],
            $"{_folder["cat"]} holds images, but no class folders with images. Class folders are needed: CLASS/*.JPEG. "
                + "If it is a class itself, pack the folder above it.");
    }

    [Theory]
    [InlineData("2.HEIC")]
    [InlineData("2.avif")]
    public void Read_FormatThatIsNotRead_IsPassedOverWithWhatToDo(string name)
    {
        Add("cat/1.jpg", "dog/1.jpg", $"cat/{name}");

        var passedOver = Assert.Single(Read(_folder.Path).Info.PassedOver);

        Assert.Equal("an image format that is not read (convert to JPEG or PNG)", passedOver.Reason);
        Assert.Equal([$"cat/{name}"], passedOver.Examples);
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Read(string root) => ImageSources.Open(root, cancellationToken: TestContext.Current.CancellationToken);

    private static IEnumerable<(string Name, int Label)> Files(IImageSource source, Split split) =>
        source.Images.PositionsOf(split).Select(position => (source.Images[position].Name, source.Images[position].Label));

    private static void AssertError(string root, string message, int exitCode = 1)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(root));
        Assert.Equal((message, exitCode), (error.Message, error.ExitCode));
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
