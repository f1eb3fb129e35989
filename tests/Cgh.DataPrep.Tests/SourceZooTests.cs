using Cgh.Core.Datasets;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class SourceZooTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Images_AllOfThem_Are200DifferentOnesOfTenClasses()
    {
        Assert.Equal(200, SourceZoo.Images.Count);
        Assert.Equal(200, SourceZoo.Images.Select(image => Convert.ToHexString(image.Bytes)).Distinct().Count());
        Assert.Equal(SourceZoo.Classes.Order(StringComparer.Ordinal), SourceZoo.Classes);
        Assert.All(SourceZoo.Images.CountBy(image => (image.Split, image.Class)), group => Assert.Equal(group.Key.Split == Split.Train ? 15 : 5, group.Value));
    }

    [Fact]
    public void Pack_Folder_GivesTheImagesInTheZoosOrder()
    {
        var manifest = SourceZoo.AssertPacksLikeTheFolder(_folder, SourceZoo.WriteFolder(_folder["copy"]));

        Assert.Equal(SourceZoo.Classes, manifest.Classes);
        using var dataset = Dataset.Open(_folder["zoo-actual"]);
        foreach (var split in new[] { Split.Train, Split.Val })
        {
            var images = SourceZoo.Images.Where(image => image.Split == split).ToList();
            Assert.Equal(images.Select(image => image.Path), File.ReadAllLines(Dataset.FilesPath(dataset.Folder, split)));
            Assert.Equal(images.Select(image => (long)image.Label), dataset.OriginalLabels(split));
        }
    }

    public void Dispose() => _folder.Dispose();
}
