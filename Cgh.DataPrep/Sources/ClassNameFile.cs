using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// Readable names of classes: lines of id and name, separated by a space, a tab or a comma, or a JSON object. ImageNet's mapping files are such lines; its
/// JSON file for PyTorch and Keras has a pair of id and name for each index.
/// </summary>
internal static class ClassNameFile
{
    private const long MaxBytes = 64 << 20;
    private const int MaxNameLength = 1000;

    /// <summary>Reads a name for each class. A class that the file does not have keeps its own.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or has none of the classes.</exception>
    public static IReadOnlyList<string> Read(string path, IReadOnlyList<string> classes)
    {
        var names = ReadAll(path);
        return classes.Any(id => names.ContainsKey(NameKey.Of(id)))
            ? [.. classes.Select(id => names.GetValueOrDefault(NameKey.Of(id), id))]
            : throw new UserErrorException(
                $"{path} names none of the {classes.Count} classes, such as '{UserText.Shortened(classes.FirstOrDefault(""))}'. "
                    + "Use lines of a class and its name, or a JSON object of them.");
    }

    private static Dictionary<string, string> ReadAll(string path)
    {
        try
        {
            using var file = UntrustedFile.OpenRead(path);
            if (file.Length > MaxBytes)
            {
                throw new UserErrorException($"{path} has more than {MaxBytes >> 20} MiB, so it is not read as class names. Check the path.");
            }

            var names = new Dictionary<string, string>(StringComparer.Ordinal);
            using var reader = new StreamReader(file);
            var text = reader.ReadToEnd();
            if (text.TrimStart() is ['{', ..])
            {
                AddJson(path, text, names);
            }
            else
            {
                AddLines(text, names);
            }

            return names;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the class names {path}: {UserText.FirstLine(error)} Check the path.", error);
        }
    }

    private static void AddLines(string text, Dictionary<string, string> names)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var separator = line.IndexOfAny(' ', '\t', ',');
            if (separator > 0)
            {
                Add(names, line[..separator].ToString(), line[(separator + 1)..].Trim().ToString());
            }
        }
    }

    private static void AddJson(string path, string text, Dictionary<string, string> names)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind == JsonValueKind.String)
                {
                    Add(names, entry.Name, entry.Value.GetString()!);
                }
                else if (entry.Value is { ValueKind: JsonValueKind.Array } pair
                    && pair.GetArrayLength() == 2
                    && pair.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
                {
                    Add(names, pair[0].GetString()!, pair[1].GetString()!);
                }
                else
                {
                    throw new UserErrorException($"{path}: '{UserText.Shortened(entry.Name)}' is neither a name nor a pair of class and name.");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UserErrorException($"{path} is not valid JSON: {UserText.FirstLine(error)}", error);
        }
    }

    private static void Add(Dictionary<string, string> names, string id, string name) =>
        names.TryAdd(NameKey.Of(id.Trim('"')), UserText.Shortened(name.Trim('"'), MaxNameLength));
}
