using System.Text.Json;
using Cgh.Core.Files;

namespace Cgh.Core.Experiments;

/// <summary>Finds recipe files.</summary>
public static class RecipeFinder
{
    private const string FolderName = "recipes";
    private const string Files = "*.json";

    // Larger JSON files are data.
    private const long MaxBytes = 1_000_000;

    /// <summary>The folder <c>recipes</c> in the working directory, which the user edits, else the copies beside the program.</summary>
    public static string DefaultFolder() => Directory.Exists(FolderName) ? Path.GetFullPath(FolderName) : Path.Combine(AppContext.BaseDirectory, FolderName);

    /// <summary>The recipe files of a folder by name, the demo first; none if there is no such folder.</summary>
    public static IEnumerable<string> List(string folder) => Directory.Exists(folder)
        ? Directory.GetFiles(folder, Files).OrderByDescending(IsDemo).ThenBy(file => file, StringComparer.Ordinal)
        : [];

    /// <summary>Whether a file is the demo's recipe.</summary>
    public static bool IsDemo(string file) => Path.GetFileName(file) == "demo.json";

    /// <summary>Suggests a recipe in the folder of a path that does not exist.</summary>
    internal static string SuggestNear(string path)
    {
        var given = Path.GetDirectoryName(path) ?? "";
        var folder = new DirectoryInfo(given.Length > 0 ? given : ".");
        var recipes = folder.Exists ? folder.GetFiles(Files).Where(IsRecipe).Select(file => file.Name).Order(StringComparer.Ordinal).ToArray() : [];
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
            using var document = JsonDocument.Parse(SharedFile.ReadText(file.FullName), CghJson.Lenient);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.EnumerateObject().Any(member => member.Name.Equals("runs", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
