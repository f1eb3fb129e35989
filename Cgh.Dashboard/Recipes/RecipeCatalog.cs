using Cgh.Core;
using Cgh.Core.Experiments;
using Microsoft.Extensions.Options;

namespace Cgh.Dashboard.Recipes;

/// <summary>A recipe file: the recipe, or the reason why it cannot be loaded.</summary>
public sealed record RecipeFile(string Path, Recipe? Recipe, string? Error);

/// <summary>The recipes that the dashboard offers, reloaded on every call so that edits show.</summary>
public sealed class RecipeCatalog(IOptions<DashboardOptions> options)
{
    /// <summary>The folder with the recipes; null if not found.</summary>
    public string? Folder { get; } = options.Value.Recipes is { Length: > 0 } configured ? Path.GetFullPath(configured) : Nearest();

    /// <summary>All recipes by file name, the demo first.</summary>
    public IReadOnlyList<RecipeFile> List() => Folder is null ? [] : [.. RecipeFinder.List(Folder).Select(Read)];

    private static RecipeFile Read(string file)
    {
        try
        {
            return new RecipeFile(file, Recipe.Load(file), Error: null);
        }
        catch (UserErrorException error)
        {
            return new RecipeFile(file, Recipe: null, error.Message);
        }
    }

    private static string? Nearest()
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            var recipes = Path.Combine(folder.FullName, "recipes");
            if (Directory.Exists(recipes))
            {
                return recipes;
            }
        }

        var beside = Path.Combine(AppContext.BaseDirectory, "recipes");
        return Directory.Exists(beside) ? beside : null;
    }
}
