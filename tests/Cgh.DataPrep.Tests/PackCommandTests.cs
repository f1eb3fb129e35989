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
