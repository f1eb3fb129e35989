using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class FolderLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("valid")]
    [InlineData("validation")]
    [InlineData("test")]
    [InlineData("Test")]
    public void Read_NoVal_TakesAnotherFolderAndSaysSo(string name)
    {
        Add("train/a/1.jpg", $"{name}/a/2.jpg");

        using var source = Read();

        Assert.Equal($"folder in ImageNet's layout, with {name} as val", source.Info.Kind);
        Assert.Equal([$"{name}/a/2.jpg"], Names(source, Split.Val));
    }

    [Fact]
    public void Read_ValAndTest_PassesTestOver()
    {
        Add("train/a/1.jpg", "val/a/2.jpg", "test/3.jpg", "test/4.jpg");

        using var source = Read();

        Assert.Equal("folder in ImageNet's layout", source.Info.Kind);
        var passedOver = Assert.Single(source.Info.PassedOver);
        Assert.Equal(("in folder 'test', which is not used", 2), (passedOver.Reason, passedOver.Files));
    }

    [Fact]
    public void Read_TestWithoutClassFolders_IsNoVal()
    {
        Add("train/a/1.jpg", "test/3.jpg");

        using var source = Read();

        Assert.Equal("folder in ImageNet's layout, without val", source.Info.Kind);
        Assert.Equal("in folder 'test', which is not used", Assert.Single(source.Info.PassedOver).Reason);
    }

    [Fact]
    public void Read_ClassFoldersOnly_AreTrain()
    {
        Add("cat/1.jpg", "dog/1.jpg", "train/1.jpg", "readme.md");

        using var source = Read();

        Assert.Equal(("tree of class folders", "the names of the class folders"), (source.Info.Kind, source.Info.LabelsFrom));
        Assert.Equal(["cat", "dog", "train"], source.Info.Classes);
        Assert.Equal(["cat/1.jpg", "dog/1.jpg", "train/1.jpg"], Names(source, Split.Train));
        Assert.Equal(0, source.Images.CountOf(Split.Val));
    }

    [Fact]
    public void Read_FoldersOfFolders_AreClassesByPath()
    {
        Add("animals/cat/1.jpg", "animals/dog/1.jpg", "plants/trees/oak/1.jpg", "plants/list.txt", "stone/1.jpg", "stone/wet/2.jpg", "empty/notes.txt");

        using var source = Read();

        Assert.Equal(["animals/cat", "animals/dog", "empty", "plants/trees/oak", "stone"], source.Info.Classes);
        Assert.Equal([0, 1, 3, 4, 4], source.Images.PositionsOf(Split.Train).Select(source.Images.LabelAt));
        Assert.Equal("the names of the class folders (images in folders within them: 1)", source.Info.LabelsFrom);
        Assert.Equal(["empty/notes.txt", "plants/list.txt"], Assert.Single(source.Info.PassedOver).Examples.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_FolderInAFolder_IsLookedInto()
    {
        Add("download/pets/cat/1.jpg", "download/pets/dog/1.jpg");

        using var source = Read();

        Assert.Equal(["cat", "dog"], source.Info.Classes);
    }

    [Fact]
    public void Read_ClassesOfBothSplits_AreTheUnion()
    {
        Add("train/b/1.jpg", "train/c/1.jpg", "val/a/1.jpg", "val/c/1.jpg");
        Directory.CreateDirectory(_folder["train", "d"]);

        using var source = Read();

        Assert.Equal(["a", "b", "c", "d"], source.Info.Classes);
        Assert.Equal([1, 2, 0, 2], Enumerable.Range(0, source.Images.Count).Select(source.Images.LabelAt));
    }

    [Fact]
    public void Read_ComposedAndDecomposedLetters_AreOneClass()
    {
        Add("train/caf\u00e9/1.jpg", "train/\ud55c\uae00/1.jpg", "train/z/1.jpg", "val/cafe\u0301/2.jpg", "val/\u1112\u1161\u11ab\u1100\u1173\u11af/2.jpg");

        using var source = Read();

        Assert.Equal(["caf\u00e9", "z", "\ud55c\uae00"], source.Info.Classes);
        Assert.Equal(["val/cafe\u0301/2.jpg", "val/\u1112\u1161\u11ab\u1100\u1173\u11af/2.jpg"], Names(source, Split.Val));
        Assert.Equal([0, 2], source.Images.PositionsOf(Split.Val).Select(source.Images.LabelAt));
    }

    [Theory]
    [InlineData("caf\u00e9", "cafe\u0301")]
    [InlineData("cafe\u0301", "caf\u00e9")]
    public void Read_TablesWithLettersComposedDifferently_NameTheSameFilesAndClasses(string onDisk, string inTable)
    {
        Add($"train/{onDisk}/1.jpg", "train/z/1.jpg", $"val/{onDisk}.jpg", "val/z.jpg");
        File.WriteAllText(_folder["val.csv"], $"file,label\n{inTable}.jpg,{inTable}\nz,z\n");
        File.WriteAllText(_folder["names.txt"], $"{inTable} coffee\n");
        Directory.CreateDirectory(_folder["csv", onDisk]);
        File.WriteAllText(_folder["csv", onDisk, $"{onDisk}.jpg"], "");
        File.WriteAllText(_folder["csv", "labels.csv"], $"file,label\n{inTable}/{inTable}.jpg,{inTable}\n");

        using var flat = Read(new SourceOptions { ValLabels = _folder["val.csv"], ClassNames = _folder["names.txt"] });
        using var table = ImageSources.Open(_folder["csv", "labels.csv"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["coffee", "z"], flat.Info.ClassNames);
        Assert.Equal([$"val/{onDisk}.jpg", "val/z.jpg"], Names(flat, Split.Val));
        Assert.Equal([0, 1], flat.Images.PositionsOf(Split.Val).Select(flat.Images.LabelAt));
        Assert.DoesNotContain(flat.Info.PassedOver, files => files.Reason.Contains("val.csv", StringComparison.Ordinal));
        Assert.Equal([$"{onDisk}/{onDisk}.jpg"], Names(table, Split.Train));
        Assert.Empty(table.Info.PassedOver);
    }

    [Theory]
    [InlineData("\u1e69", "s\u0323\u0307")]
    [InlineData("\u1ea5", "a\u0302\u0301")]
    [InlineData("\u1ea1\u0308", "a\u0323\u0308")]
    [InlineData("\u304c", "\u304b\u3099")]
    public void NameKey_SameLetters_IsTheSame(string composed, string decomposed)
    {
        Assert.Equal(NameKey.Of(decomposed), NameKey.Of(composed));
        Assert.NotEqual(NameKey.Of(decomposed[..1]), NameKey.Of(composed));
    }

    [Fact]
    public void Read_LineBreaksInNames_ArePassedOver()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows forbids line breaks in names.");
        Add("train/a/1.jpg", "train/a/x\ny.jpg", "train/a/x\\ny.jpg", "train/b\rc/1.jpg", "val/a/1.jpg");

        using var source = Read();

        Assert.Equal(["a"], source.Info.Classes);
        Assert.Equal(["train/a/1.jpg", "train/a/x\\ny.jpg"], Names(source, Split.Train));
        var passedOver = Assert.Single(source.Info.PassedOver);
        Assert.Equal(("its name contains a line break", 2), (passedOver.Reason, passedOver.Files));
    }

    [Fact]
    public async Task Read_NamesThatAreNotUtf8_ArePassedOver()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's names are bytes.");
        Add("train/a/1.jpg", "train/a/\ufffd.jpg", "val/a/1.jpg");
        await RunAsync("""touch "$0/train/a/$(printf 'x\377.jpg')"; mkdir "$0/train/$(printf 'b\376')"; touch "$0/train/$(printf 'b\376')/1.jpg" """);

        using var source = Read();
        await RunAsync("""rm "$0/train/a/$(printf 'x\377.jpg')"; rm -r "$0/train/$(printf 'b\376')" """);

        Assert.Equal(["a"], source.Info.Classes);
        Assert.Equal(["train/a/1.jpg", "train/a/\ufffd.jpg"], Names(source, Split.Train));
        var passedOver = Assert.Single(source.Info.PassedOver);
        Assert.Equal(("its name is not valid Unicode", 2), (passedOver.Reason, passedOver.Files));
        Assert.Equal(["train/a/x\ufffd.jpg", "train/b\ufffd/"], passedOver.Examples.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_LinkToAFolderAbove_IsNotFollowed()
    {
        Add("train/a/1.jpg", "val/a/1.jpg");
        Directory.CreateSymbolicLink(_folder["train", "a", "loop"], _folder["train"]);

        using var source = Read();

        Assert.Equal(["train/a/1.jpg"], Names(source, Split.Train));
        Assert.Equal(["train/a/loop/"], Assert.Single(source.Info.PassedOver).Examples);
    }

    [Fact]
    public void Read_TrainWithoutClassFolders_SaysWhatToDo()
    {
        Add("train/1.jpg", "val/2.jpg");

        AssertError(
            $"{_folder["train"]} holds images without class folders. Put them into train/CLASS/, "
                + "or write a table of files and labels and pack that: pack FILE.csv.");
    }

    [Fact]
    public void Read_FlatValWithoutLabels_SaysWhatToPass()
    {
        Add("train/a/1.jpg", "val/2.jpg");

        AssertError($"{_folder["val"]} holds images without class folders. Pass a table of their names and labels with --val-labels FILE.csv.");
    }

    [Fact]
    public void Read_KagglesImagesWithoutTheirTable_NamesIt()
    {
        Add("ILSVRC/Data/CLS-LOC/train/a/1.jpg", "ILSVRC/Data/CLS-LOC/val/2.jpg");

        AssertError(
            $"{_folder["ILSVRC/Data/CLS-LOC/val"]} holds images without class folders. Put Kaggle's LOC_val_solution.csv beside the folder ILSVRC, "
                + "or pass a table of their names and labels with --val-labels FILE.csv.");
    }

    [Fact]
    public void Read_LabelsForClassFolders_AreRejected()
    {
        Add("train/a/1.jpg", "val/a/2.jpg");
        File.WriteAllText(_folder["labels.csv"], "2.jpg,a\n");

        AssertError(
            $"{_folder.Path} has no folder of validation images without class folders, so --val-labels does not apply. Remove the option.",
            new SourceOptions { ValLabels = _folder["labels.csv"] });
    }

    [Fact]
    public void Open_FoldersAndBrokenLinks_AreUnreadableAndOtherErrorsAreNot()
    {
        Directory.CreateDirectory(_folder["folder.jpg"]);
        File.CreateSymbolicLink(_folder["link.jpg"], _folder["nowhere"]);
        File.CreateSymbolicLink(_folder["ring.jpg"], _folder["ring.jpg"]);
        File.CreateSymbolicLink(_folder["share.jpg"], _folder["share", "1.jpg"]);

        Assert.Equal("is a folder", Assert.Throws<UnreadableImageException>(() => ImageFile.Open(_folder["folder.jpg"])).Message);
        Assert.Equal("broken link", Assert.Throws<UnreadableImageException>(() => ImageFile.Open(_folder["link.jpg"])).Message);
        Assert.Equal("broken link", Assert.Throws<UnreadableImageException>(() => ImageFile.Open(_folder["ring.jpg"])).Message);
        Assert.Throws<FileNotFoundException>(() => ImageFile.Open(_folder["deleted.jpg"]));
        Assert.Equal(
            $"It is a link into {_folder["share"]}, which does not exist: mount it, or remove the link.",
            Assert.Throws<DirectoryNotFoundException>(() => ImageFile.Open(_folder["share.jpg"])).Message);
    }

    public void Dispose() => _folder.Dispose();

    private IImageSource Read(SourceOptions? options = null) =>
        ImageSources.Open(_folder.Path, options, cancellationToken: TestContext.Current.CancellationToken);

    private static IEnumerable<string> Names(IImageSource source, Split split) =>
        source.Images.PositionsOf(split).Select(position => source.Images[position].Name);

    private void AssertError(string message, SourceOptions? options = null) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Read(options)).Message);

    private void Add(params string[] paths)
    {
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
            File.WriteAllText(_folder[path], "");
        }
    }

    private async Task RunAsync(string script)
    {
        using var process = System.Diagnostics.Process.Start("sh", ["-c", script, _folder.Path]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
