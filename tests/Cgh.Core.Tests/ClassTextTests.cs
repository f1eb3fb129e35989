using Cgh.Core.Datasets;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class ClassTextTests
{
    [Theory]
    [InlineData("n01440764", "tench", "n01440764 (tench)")]
    [InlineData("n01440764", null, "n01440764")]
    [InlineData("n01440764", " ", "n01440764")]
    [InlineData("cat", "cat", "cat")]
    public void Of_NameAndReadableName_ShowsBothIfTheyDiffer(string name, string? readable, string shown) =>
        Assert.Equal(shown, ClassText.Of(name, readable));

    [Fact]
    public void All_FewerReadableNamesThanClasses_ShowsTheOthersAlone()
    {
        var manifest = new DatasetManifest
        {
            Name = "set",
            Classes = ["n01", "n02"],
            ClassNames = ["tench"],
            Side = 8,
            ShortSide = 8,
            Train = new SplitInfo(0, [], []),
            Val = new SplitInfo(0, [], []),
        };

        Assert.Equal(["n01 (tench)", "n02"], ClassText.All(manifest));
        Assert.Equal(["n01", "n02"], ClassText.All(manifest with { ClassNames = null }));
    }
}
