using System.Globalization;
using System.Text.RegularExpressions;
using Cgh.Core.Datasets;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>What <c>pack</c> says, and its options.</summary>
public sealed class PackCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public PackCommandTests() => _source = TestSource.Make(_folder);

    [Fact]
    public async Task DryRun_SaysWhatWouldBePackedAndWritesNothing()
    {
        var (exitCode, output, error) = await DataPrepProcess.RunAsync(
            "pack", _source, "--dry-run", "--side", "16", "--short-side", "16", "--classes", "2", "--data", _folder["data"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(
            $"""
            ^{Regex.Escape(_source)}: .+\. Labels: the names of the class folders\.
            8 train and 4 val images, 2 classes: class000, class001\.
            Selected 12 of 18 images and 2 of 3 classes\.
            About 1 s at [0-9,]+ images/s on .+ \(12 images tried\)\.
            [0-9.]+ KB on disk, at most .+ of memory\.
            $
            """.ReplaceLineEndings("\n"),
            output);
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Theory]
    [InlineData(64, 16)]
    [InlineData(8, 8)]
    public async Task Pack_NoEnlarge_TakesTheSideOfSmallerImages(int side, int expected)
    {
        var text = side.ToString(CultureInfo.InvariantCulture);

        var (exitCode, _, error) = await DataPrepProcess.RunAsync(
            "pack", _source, "--out", _folder["set"], "--side", text, "--short-side", text, "--no-enlarge");

        Assert.Equal((0, ""), (exitCode, error));
        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Equal((expected, expected), (dataset.Manifest.Side, dataset.Manifest.ShortSide));
    }

    [Fact]
    public async Task Pack_SelectionAndHoldout_AreRecorded()
    {
        Directory.Delete(Path.Combine(_source, "val"), recursive: true);
        foreach (var folder in Directory.GetDirectories(Path.Combine(_source, "train")))
        {
            Directory.Move(folder, Path.Combine(_source, Path.GetFileName(folder)));
        }

        Directory.Delete(Path.Combine(_source, "train"));

        var (exitCode, output, error) = await DataPrepProcess.RunAsync(
            "pack", _source, "--out", _folder["set"], "--side", "16", "--short-side", "16", "--holdout", "0.25", "--seed", "7", "--per-class", "2");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains(
            "\nThe source has no validation images: 25% of each class are held out (--holdout 0.25 --seed 7).\n", output, StringComparison.Ordinal);
        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Equal(new ImageSelection { Holdout = 0.25, Seed = 7, PerClass = 2 }, dataset.Manifest.Selection);
        Assert.Equal([0L, 0, 1, 1, 2, 2], dataset.OriginalLabels(Split.Train));
        Assert.Equal([0L, 1, 2], dataset.OriginalLabels(Split.Val));
    }

    [Fact]
    public async Task Pack_NamesAndFilesOfEveryKind_AreReadOrNamed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows forbids line breaks in names.");
        var jpeg = Path.Combine(_source, "train", "class000", "class000_00000.JPEG");
        string[] read =
        [
            .. new[] { "lossy.webp", "colour.bmp", "tiles.tif", "animated.gif", "orientation-1.jfif" }.Select(name => $"train/class001/{name}"),
            "train/class001/inner/x.jpg", "train/class000/x\\ny.JPEG", "train/caf\u00e9/1.jpg", "val/cafe\u0301/1.jpg",
        ];
        string[] passedOver = ["train/class000/x\ny.JPEG", "train/class000/photo.heic", "train/class000/notes.txt"];
        foreach (var name in read.Concat(passedOver))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_source, name))!);
            var golden = Golden.PathOf("formats", Path.GetFileName(name));
            File.Copy(File.Exists(golden) ? golden : jpeg, Path.Combine(_source, name));
        }

        var pack = await DataPrepProcess.RunAsync("pack", _source, "--out", _folder["set"], "--side", "16", "--short-side", "16");
        var info = await DataPrepProcess.RunAsync("info", _folder["set"]);

        Assert.Equal((0, ""), (pack.ExitCode, pack.Error));
        using (var dataset = Dataset.Open(_folder["set"]))
        {
            Assert.Equal(["caf\u00e9", "class000", "class001", "class002"], dataset.Manifest.Classes);
            Assert.Equal((12 + 8, 6 + 1), (dataset.OriginalLabels(Split.Train).Length, dataset.OriginalLabels(Split.Val).Length));
            Assert.Equal(
                read.Order(StringComparer.Ordinal),
                dataset.FileNames(Split.Train).Concat(dataset.FileNames(Split.Val)).Intersect(read).Order(StringComparer.Ordinal));
        }

        foreach (var (reason, name) in new[]
        {
            ("its name contains a line break", "train/class000/x\\ny.JPEG"),
            ("an image format that is not read (convert to JPEG or PNG)", "train/class000/photo.heic"),
            ("not an image file", "train/class000/notes.txt"),
        })
        {
            Assert.Contains($"Passed over 1 file, {reason}: {name}.\n", pack.Output, StringComparison.Ordinal);
            Assert.Contains(name, info.Output, StringComparison.Ordinal);
        }

        var before = TestSource.Content(_folder["set"]);
        File.Delete(Dataset.LabelsPath(_folder["set"], Split.Train));
        File.Delete(Dataset.FilesPath(_folder["set"], Split.Train));
        Assert.Equal(0, (await DataPrepProcess.RunAsync("repair", _folder["set"])).ExitCode);
        Assert.Equal(before, TestSource.Content(_folder["set"]));
    }

    [Theory]
    [InlineData("Option '--out' is required. Try --help.", "pack", "x")]
    [InlineData("--classes must be at least 2 (it is 1). Try --help.", "pack", "x", "--out", "y", "--classes", "1")]
    [InlineData(
        "--holdout must be between 0 and 1, both excluded (it is 0): a dataset needs images for training and for testing.",
        "pack", "x", "--out", "y", "--holdout", "0")]
    [InlineData("--holdout must be a number with a decimal point, such as 0.5 (got '0,1'). Try --help.", "pack", "x", "--out", "y", "--holdout", "0,1")]
    [InlineData("--empty-classes must be refuse, keep or drop (it is 'no'). Try --help.", "pack", "x", "--out", "y", "--empty-classes", "no")]
    public async Task Pack_InvalidOption_PrintsOneLine(string message, params string[] arguments)
    {
        var result = await DataPrepProcess.RunAsync(arguments);

        Assert.Equal((2, "", message + "\n"), result);
    }

    public void Dispose() => _folder.Dispose();
}
