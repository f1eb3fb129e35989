using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Tests.Archives;
using Cgh.DataPrep.Tests.Sources.Cifar;
using Cgh.DataPrep.Tests.Sources.Idx;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>An option that a source does not use is an error: ignoring it gives another dataset than the user expects.</summary>
public sealed class UnusedOptionTests : IDisposable
{
    private static readonly Dictionary<string, SourceOptions> s_options = new()
    {
        ["--val-labels"] = new() { ValLabels = "val.csv" },
        ["--coarse"] = new() { Coarse = true },
        ["--image-column"] = new() { ImageColumn = "image" },
        ["--label-column"] = new() { LabelColumn = "label" },
    };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("folder", "--coarse", "--image-column", "--label-column", "--val-labels")]
    [InlineData("csv", "--coarse", "--val-labels")]
    [InlineData("parquet", "--coarse", "--val-labels")]
    [InlineData("archives", "--coarse", "--image-column", "--label-column", "--val-labels")]
    [InlineData("web", "--coarse", "--image-column", "--label-column", "--val-labels")]
    [InlineData("idx", "--coarse", "--image-column", "--label-column", "--val-labels")]
    [InlineData("cifar", "--image-column", "--label-column", "--val-labels")]
    public void Open_OptionThatTheSourceDoesNotUse_IsAUsageError(string kind, params string[] unused)
    {
        var path = Make(kind);
        foreach (var option in unused)
        {
            var error = Assert.Throws<UserErrorException>(
                () => ImageSources.Open(path, s_options[option], cancellationToken: TestContext.Current.CancellationToken));

            Assert.Equal(2, error.ExitCode);
            Assert.Contains($"{option} does not apply", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }

        using var source = ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);
        Assert.NotEqual(0, source.Images.Count);
    }

    [Fact]
    public void Open_ParquetCoarseAndLabelColumn_ExcludeEachOther()
    {
        var error = Assert.Throws<UserErrorException>(() => ImageSources.Open(
            Make("parquet"), new SourceOptions { Coarse = true, LabelColumn = "label" }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((2, "--coarse and --label-column exclude each other. Remove one of them."), (error.ExitCode, error.Message));
    }

    public void Dispose() => _folder.Dispose();

    private string Make(string kind)
    {
        switch (kind)
        {
            case "folder":
                return TestSource.Make(_folder);
            case "csv":
                TestSource.Make(_folder);
                File.WriteAllText(
                    _folder["labels.csv"],
                    "file,label\n" + string.Concat(Directory.EnumerateFiles(_folder.Path, "*.JPEG", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                        .Select((file, i) => $"{Path.GetRelativePath(_folder.Path, file)},{i % 2}\n")));
                return _folder["labels.csv"];
            case "parquet":
                return new TestParquet().Write(_folder["a.parquet"], [([1, 2], 0L), ([3, 4], 1L)]);
            case "archives":
                return ArchiveZoo.WriteImageNet(_folder["archives"]);
            case "web":
                return ArchiveZoo.WriteWebDataset(_folder["web"]);
            case "idx":
                IdxFiles.WriteSet(_folder["idx"]);
                return _folder["idx"];
            default:
                return CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-100", "binary"));
        }
    }
}
