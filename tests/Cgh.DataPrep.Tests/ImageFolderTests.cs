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
        Add("train/a/1.JPEG", "train/a/notes.txt", "train/a/._1.JPEG", "train/README", "train/.cache/1.JPEG", "val/a/1.JPEG");

        var listing = Read(_folder.Path);

        Assert.Equal(["train/a/1.JPEG", "val/a/1.JPEG"], Files(listing, Split.Train).Concat(Files(listing, Split.Val)).Select(file => file.Name));
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
    public void Read_FolderMissing_SaysWhatIsNeeded() =>
        AssertError(
            _folder["none"],
            $"There is no image source at {_folder["none"]}. Supported: {ImageSources.Description}");

    [Fact]
    public void Read_ValMissing_SaysWhatIsNeeded()
    {
        Add("train/a/1.JPEG");

        AssertError(_folder.Path, $"{_folder.Path} holds no folder 'val'. ImageNet's layout is needed: train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
    }

    [Fact]
    public void Read_FolderWithoutImages_SaysSo()
    {
        Directory.CreateDirectory(_folder["train"]);
        Directory.CreateDirectory(_folder["val"]);

        AssertError(_folder.Path, $"{_folder["train"]} holds no images. ImageNet's layout is needed: train/CLASS/*.JPEG (also .jpg and .png).");
    }

    [Fact]
    public void Read_ClassWithoutImages_IsNamed()
    {
        Add("train/a/1.JPEG", "train/b/notes.txt", "val/a/1.JPEG");

        AssertError(_folder.Path, $"{_folder["train", "b"]} holds no images (.jpeg, .jpg, .png). Put some there or remove the folder.");
    }

    [Fact]
    public void Read_ClassOfValThatTrainLacks_IsNamedWithTheNearest()
    {
        Add("train/tiger/1.JPEG", "train/cat/1.JPEG", "val/tigers/1.JPEG");

        AssertError(_folder.Path, $"{_folder["val", "tigers"]}: train has no class 'tigers'. Did you mean 'tiger'? Add it to train or remove it from val.");
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Read(string root) => ImageSources.Open(root, cancellationToken: TestContext.Current.CancellationToken);

    private static IEnumerable<(string Name, int Label)> Files(IImageSource source, Split split) =>
        source.Images.PositionsOf(split).Select(position => (source.Images[position].Name, source.Images[position].Label));

    private static void AssertError(string root, string message) =>
        Assert.Equal((message, 1), Assert.Throws<UserErrorException>(() => Read(root)) is var error ? (error.Message, error.ExitCode) : default);

    private void Add(params string[] paths)
    {
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
            File.WriteAllText(_folder[path], "");
        }
    }
}
