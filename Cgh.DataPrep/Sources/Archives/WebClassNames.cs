using System.Text;
using System.Text.Json;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>Names of the classes of a WebDataset, from a file beside the shards.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Names">The names in the order of the labels.</param>
internal sealed record WebClassNames(string File, IReadOnlyList<string> Names)
{
    private const int MaxBytes = 16 << 20;

    private static readonly string[] s_lists = ["classnames.txt", "classes.txt", "class_names.txt"];
    private static readonly string[] s_documents = ["dataset_info.json", "dataset-info.json", "info.json", "_info.json"];
    private static readonly string[] s_keys = ["classes", "class_names", "classnames", "label_names", "names"];

    /// <summary>Reads the first file that has names; null if none has.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static WebClassNames? Find(string folder)
    {
        foreach (var file in s_lists.Concat(s_documents).Select(name => new FileInfo(Path.Combine(folder, name))))
        {
            if (file is { Exists: true, Length: > 0 and <= MaxBytes })
            {
                var content = System.IO.File.ReadAllBytes(file.FullName);
                var names = file.Extension == ".txt" ? Lines(content) : InDocument(content);
                if (names is { Count: > 0 })
                {
                    return new WebClassNames(file.Name, names);
                }
            }
        }

        return null;
    }

    private static List<string> Lines(byte[] content) =>
        [.. Encoding.UTF8.GetString(content).TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    // {"classes": [...]} of our own making and others', or {"features": {"label": {"names": [...]}}} of Hugging Face.
    private static List<string>? InDocument(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return Find(json.RootElement, depth: 0);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static List<string>? Find(JsonElement element, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object || depth > 4)
        {
            return null;
        }

        foreach (var key in s_keys)
        {
            if (element.TryGetProperty(key, out var names) && names.ValueKind == JsonValueKind.Array
                && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String))
            {
                return [.. names.EnumerateArray().Select(name => name.GetString()!)];
            }
        }

        return element.EnumerateObject().Select(property => Find(property.Value, depth + 1)).FirstOrDefault(names => names is not null);
    }
}
