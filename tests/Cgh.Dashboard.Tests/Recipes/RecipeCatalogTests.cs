using Cgh.Dashboard.Recipes;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cgh.Dashboard.Tests.Recipes;

public sealed class RecipeCatalogTests : IDisposable
{
    private const string Good = """{ "dataset": { "name": "demo", "demo": {} }, "runs": [{ "name": "sgd", "model": "resnet-small" }] }""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cgh-shelf-");

    private RecipeCatalog Catalog => new(Options.Create(new DashboardOptions { Recipes = _folder.FullName }));

    [Fact]
    public void List_SeveralFiles_DemoFirstThenByName()
    {
        Write("alpha.json", Good);
        Write("demo.json", Good);
        Write("zeta.json", Good);
        Write("notes.txt", "not a recipe");

        Assert.Equal(["demo", "alpha", "zeta"], Catalog.List().Select(file => file.Recipe!.Name));
    }

    [Fact]
    public void List_FileWithAnUnknownKey_HasTheError()
    {
        Write("typo.json", """{ "runz": [] }""");

        var file = Assert.Single(Catalog.List());

        Assert.Null(file.Recipe);
        Assert.Equal($"{file.Path}: unknown key 'runz'. Did you mean 'runs'?", file.Error);
    }

    [Fact]
    public void List_FileIsAdded_IsListed()
    {
        var catalog = Catalog;
        Assert.Empty(catalog.List());

        Write("late.json", Good);

        Assert.Equal("late", Assert.Single(catalog.List()).Recipe!.Name);
    }

    [Fact]
    public void List_MissingFolder_IsEmpty() =>
        Assert.Empty(new RecipeCatalog(Options.Create(new DashboardOptions { Recipes = Path.Combine(_folder.FullName, "none") })).List());

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder.FullName, file), text);
}
