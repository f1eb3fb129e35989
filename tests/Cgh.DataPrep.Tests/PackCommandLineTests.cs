using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.DataPrep.Commands;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>The command line that pages show, read by the command.</summary>
public sealed class PackCommandLineTests
{
    public static TheoryData<string> Keys => [.. s_changes.Keys];

    private static readonly DatasetRequest s_request = new() { Name = "mine", Source = "/images/a b's" };

    private static readonly Dictionary<string, (DatasetRequest Request, string[] Arguments)> s_changes = new()
    {
        ["nothing"] = (s_request, []),
        ["side"] = (s_request with { Side = 28, ShortSide = 30 }, ["--side", "28", "--short-side", "30"]),
        ["selection"] = (
            s_request with { Classes = 10, PerClass = 5, Holdout = 0.25, Seed = 7, EmptyClasses = EmptyClasses.Drop },
            ["--classes", "10", "--per-class", "5", "--holdout", "0.25", "--seed", "7", "--empty-classes", "drop"]),
        ["source"] = (
            s_request with { ValLabels = "/images/val.csv", ClassNames = "/images/names.txt", Coarse = true, ImageColumn = "img", LabelColumn = "fine" },
            ["--val-labels", "/images/val.csv", "--class-names", "/images/names.txt", "--image-column", "img", "--label-column", "fine", "--coarse"]),
        ["packing"] = (
            s_request with { Orient = true, KeepJpeg = true, LargeImages = true, ShardSize = 4096 },
            ["--shard-size", "4096", "--orient", "--keep-jpeg", "--large-images"]),
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Arguments_Request_AreThoseOfTheCommand(string key)
    {
        var (request, expected) = s_changes[key];

        var arguments = PackCommandLine.Arguments(request);

        Assert.Equal(["pack", "/images/a b's", "--out", "mine", .. expected], arguments);
        Assert.Empty(DataPrepRoot.Create().Parse(arguments).Errors);
    }

    [Fact]
    public void Text_PathWithSpacesAndQuotes_IsQuotedForAShell() =>
        Assert.Equal("Cgh.DataPrep pack '/images/a b'\\''s' --out NAME", PackCommandLine.Text(s_request with { Name = "" }));
}
