using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

/// <summary>The keys of a recipe that say which images of a source are packed, and how.</summary>
public sealed class RecipeSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Load_KeysOfASource_AreRead()
    {
        var recipe = Load(
            """
            "source": "/images", "classes": 100, "perClass": 50, "holdout": 0.2, "seed": 3, "emptyClasses": "drop",
            "valLabels": "/val.csv", "coarse": true, "imageColumn": "img", "labelColumn": "fine", "classNames": "/names.txt",
            "orient": true, "keepJpeg": true, "largeImages": true
            """);

        var request = recipe.Dataset;
        Assert.Equal(
            new ImageSelection { Classes = 100, PerClass = 50, Holdout = 0.2, Seed = 3, EmptyClasses = EmptyClasses.Drop }, request.Selection);
        Assert.Equal(
            new SourceOptions { ValLabels = "/val.csv", Coarse = true, ImageColumn = "img", LabelColumn = "fine", ClassNames = "/names.txt" },
            request.SourceOptions);
        Assert.True(request is { Orient: true, KeepJpeg: true, LargeImages: true });
    }

    [Theory]
    [InlineData("\"source\": \"/images\", \"classes\": 0", "dataset.classes must be at least 2 (it is 0): a model learns to tell classes apart.")]
    [InlineData("\"source\": \"/images\", \"perClass\": -1", "dataset.perClass must be at least 1 (it is -1).")]
    [InlineData(
        "\"source\": \"/images\", \"holdout\": 1",
        "dataset.holdout must be between 0 and 1, both excluded (it is 1): a dataset needs images for training and for testing.")]
    [InlineData(
        "\"perClass\": 5",
        "dataset has keys that only apply to a source (classes, perClass, holdout, seed, emptyClasses, valLabels, coarse, imageColumn, labelColumn, "
            + "classNames, orient, keepJpeg, largeImages). Set dataset.source or remove them.")]
    [InlineData("\"source\": \"/images\", \"selection\": {}", "unknown key 'selection'")]
    public void Load_InvalidKey_IsNamed(string keys, string failure)
    {
        var error = Assert.Throws<UserErrorException>(() => Load(keys));

        Assert.Contains(failure, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithAbsoluteSource_RelativePaths_AreResolved()
    {
        var dataset = Load("\"source\": \"images\", \"valLabels\": \"val.csv\", \"classNames\": \"names.txt\"").WithAbsoluteSource().Dataset;

        Assert.Equal(
            (Path.GetFullPath("images"), Path.GetFullPath("val.csv"), Path.GetFullPath("names.txt")), (dataset.Source, dataset.ValLabels, dataset.ClassNames));
    }

    [Fact]
    public void Line_Request_KeepsItsKeys()
    {
        var request = new DatasetRequest { Name = "a", Source = "/images", PerClass = 5, Holdout = 0.5, EmptyClasses = EmptyClasses.Keep, KeepJpeg = true };

        var text = System.Text.Json.JsonSerializer.Serialize(request, CghJson.Line);

        Assert.Equal(request, CghJson.ParseStrict<DatasetRequest>(text, "request"));
    }

    public void Dispose() => _folder.Dispose();

    private Recipe Load(string keys)
    {
        File.WriteAllText(_folder["recipe.json"], $$"""{"dataset": {"name": "photos", {{keys}}}, "runs": [{"name": "sgd"}]}""");
        return Recipe.Load(_folder["recipe.json"]);
    }
}
