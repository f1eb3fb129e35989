using Cgh.Core;
using Cgh.Core.Experiments;
using Microsoft.Extensions.Options;

namespace Cgh.Dashboard.Recipes;

/// <summary>A recipe file: the recipe, or the one line that says why it cannot be read.</summary>
public sealed record ShelvedRecipe(string File, Recipe? Recipe, string? Error);

/// <summary>The recipes that can be started from the pages, read anew at each look, so that an edited file shows.</summary>
public sealed class RecipeShelf(IOptions<DashboardOptions> options)
{
    /// <summary>The folder that is looked in; null when there is none.</summary>
    public string? Folder { get; } = options.Value.Recipes is { Length: > 0 } configured ? Path.GetFullPath(configured) : Nearest();

    /// <summary>All recipes by file name, the demo first: it is the one to begin with.</summary>
    public IReadOnlyList<ShelvedRecipe> List() => Folder is null || !Directory.Exists(Folder)
        ? []
        :
        [
            .. Directory.GetFiles(Folder, "*.json")
                .OrderByDescending(IsDemo)
                .ThenBy(file => file, StringComparer.Ordinal)
                .Select(Read),
        ];

    public static bool IsDemo(string file) => Path.GetFileName(file) == "demo.json";

    private static ShelvedRecipe Read(string file)
    {
        try
        {
            return new ShelvedRecipe(file, Recipe.Load(file), Error: null);
        }
        catch (UserErrorException error)
        {
            return new ShelvedRecipe(file, Recipe: null, error.Message);
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
