using System.Text.Json;

namespace Cgh.Core.Experiments;

/// <summary>Finds recipe files.</summary>
internal static class RecipeFinder
{
    // Larger JSON files are data.
    private const long MaxBytes = 1_000_000;

    /// <summary>Suggests a recipe in the folder of a path that does not exist.</summary>
    public static string SuggestNear(string path)
    {
        var given = Path.GetDirectoryName(path) ?? "";
        var folder = new DirectoryInfo(given.Length > 0 ? given : ".");
        var recipes = folder.Exists ? folder.GetFiles("*.json").Where(IsRecipe).Select(file => file.Name).Order(StringComparer.Ordinal).ToArray() : [];
        return recipes.Length == 0 ? " Check the path." : NearestName.Suggest(Path.GetFileName(path), recipes, name => Path.Combine(given, name));
    }

    // A valid recipe has runs; whether they are valid is checked when it is loaded.
    private static bool IsRecipe(FileInfo file)
    {
        if (file.Length > MaxBytes)
        {
            return false;
        }

        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            using var document = JsonDocument.Parse(File.ReadAllText(file.FullName), options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.EnumerateObject().Any(member => member.Name.Equals("runs", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
