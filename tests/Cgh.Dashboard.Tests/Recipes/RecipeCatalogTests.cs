using Cgh.Dashboard.Recipes;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cgh.Dashboard.Tests.Recipes;

public sealed class RecipeShelfTests : IDisposable
{
    private const string Good = """{ "dataset": { "name": "demo", "demo": {} }, "runs": [{ "name": "sgd", "model": "resnet-small" }] }""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cgh-shelf-");

    private RecipeShelf Shelf => new(Options.Create(new DashboardOptions { Recipes = _folder.FullName }));

    [Fact]
    public void List_SeveralFiles_TheDemoFirstThenByName()
    {
        Write("alpha.json", Good);
        Write("demo.json", Good);
        Write("zeta.json", Good);
        Write("notes.txt", "not a recipe");

        Assert.Equal(["demo", "alpha", "zeta"], Shelf.List().Select(shelved => shelved.Recipe!.Name));
    }

    [Fact]
    public void List_FileWithAnUnknownKey_CarriesTheLineThatSaysWhy()
    {
        Write("typo.json", """{ "runz": [] }""");

        var shelved = Assert.Single(Shelf.List());

        Assert.Null(shelved.Recipe);
        Assert.Equal($"{shelved.File}: unknown key 'runz'. Did you mean 'runs'?", shelved.Error);
    }

    [Fact]
    public void List_FileChangesMeanwhile_ShowsTheNewOne()
    {
        var shelf = Shelf;
        Assert.Empty(shelf.List());

        Write("late.json", Good);

        Assert.Equal("late", Assert.Single(shelf.List()).Recipe!.Name);
    }

    [Fact]
    public void List_FolderIsNotThere_IsEmpty() =>
        Assert.Empty(new RecipeShelf(Options.Create(new DashboardOptions { Recipes = Path.Combine(_folder.FullName, "none") })).List());

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder.FullName, file), text);
}
