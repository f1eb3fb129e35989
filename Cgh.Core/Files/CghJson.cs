using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cgh.Core.Files;

/// <summary>How every JSON file and message payload of the product is written and read.</summary>
public static class CghJson
{
    /// <summary>camelCase names, enums as kebab-case words, indented: for files that people read.</summary>
    public static JsonSerializerOptions File { get; } = Make(indented: true);

    /// <summary>The same on one line: for JSON lines and the run store.</summary>
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    private static JsonSerializerOptions Make(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = indented,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Writes <paramref name="value"/> to <paramref name="path"/>, whole or not at all.</summary>
    public static void Save<T>(string path, T value) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(value, File) + "\n");

    /// <summary>Reads a file that the product wrote.</summary>
    /// <exception cref="UserErrorException">The file is missing or is not what the product writes.</exception>
    public static T Load<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(System.IO.File.ReadAllText(path), File)
                ?? throw new UserErrorException($"{path} is empty (null). Restore it or make it again.");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path} is not readable: {Reason(error)} Restore it or make it again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {AtomicFile.FirstLine(error)}", error);
        }
    }

    /// <summary>
    /// Reads a file that a person wrote: an unknown key is refused with its place and the nearest key that exists.
    /// </summary>
    /// <exception cref="UserErrorException">The file is missing, is not JSON, has an unknown key or a value of the wrong kind.</exception>
    public static T LoadStrict<T>(string path)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw UserErrorException.Usage($"Cannot read {path}: {AtomicFile.FirstLine(error)} Check the path.");
        }

        return ParseStrict<T>(text, path);
    }

    /// <summary>As <see cref="LoadStrict{T}"/>, from text; <paramref name="origin"/> names it in messages.</summary>
    public static T ParseStrict<T>(string text, string origin)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            CheckKeys(document.RootElement, typeof(T), origin, where: "");
            return document.Deserialize<T>(File)
                ?? throw UserErrorException.Usage($"{origin} holds only null. Write the object that the documentation shows.");
        }
        catch (JsonException error)
        {
            var place = error.Path is { Length: > 2 } at ? $" at {at[2..]}" : error.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw UserErrorException.Usage($"{origin}{place}: {Reason(error)}");
        }
    }

    // The reader ends its messages with places that count from 0.
    private static string Reason(JsonException error)
    {
        var message = AtomicFile.FirstLine(error);
        var end = new[] { " Path: ", " LineNumber: " }.Select(part => message.IndexOf(part, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(message.Length).Min();
        return message[..end];
    }

    private static void CheckKeys(JsonElement element, Type type, string origin, string where)
    {
        var info = File.GetTypeInfo(type);
        if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumType && element.ValueKind == JsonValueKind.String)
        {
            var names = Enum.GetNames(enumType).Select(JsonNamingPolicy.KebabCaseLower.ConvertName).ToArray();
            var given = element.GetString()!;
            if (!names.Contains(given, StringComparer.OrdinalIgnoreCase))
            {
                throw UserErrorException.Usage($"{origin}: unknown {where.Split('.')[^1]} '{given}'.{NearestName.Suggest(given, names)}");
            }
        }
        else if (element.ValueKind == JsonValueKind.String && info.Converter is IStringValueConverter converter)
        {
            if (converter.Validate(element.GetString()!) is { } failure)
            {
                throw UserErrorException.Usage($"{origin}: {failure}");
            }
        }
        else if (element.ValueKind == JsonValueKind.Array && info.ElementType is { } elementType)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Null)
                {
                    throw UserErrorException.Usage($"{origin}: {where}[{index}] is null. Leave it out or give a value.");
                }

                CheckKeys(item, elementType, origin, $"{where}[{index++}]");
            }
        }
        else if (element.ValueKind == JsonValueKind.Object && info.Kind == JsonTypeInfoKind.Object)
        {
            var known = info.Properties.ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
            foreach (var member in element.EnumerateObject())
            {
                if (!known.TryGetValue(member.Name, out var property))
                {
                    var place = where.Length == 0 ? "" : $" in {where}";
                    throw UserErrorException.Usage($"{origin}: unknown key '{member.Name}'{place}.{NearestName.Suggest(member.Name, known.Keys)}");
                }

                if (member.Value.ValueKind == JsonValueKind.Null && !property.IsSetNullable)
                {
                    throw UserErrorException.Usage($"{origin}: {(where.Length == 0 ? "" : where + ".")}{member.Name} is null. Leave it out or give a value.");
                }

                CheckKeys(member.Value, property.PropertyType, origin, where.Length == 0 ? member.Name : $"{where}.{member.Name}");
            }
        }
        else if (Expected(Nullable.GetUnderlyingType(type) ?? type, info, element) is { } expected)
        {
            throw UserErrorException.Usage($"{origin}: {(where.Length == 0 ? "the file" : where)} must be {expected} (it is {Shown(element)}).");
        }
    }

    // What a value of this type looks like in a file, or null when this one does.
    private static string? Expected(Type type, JsonTypeInfo info, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (info.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary || type == typeof(JsonObject))
        {
            return element.ValueKind == JsonValueKind.Object ? null : "an object in { }";
        }

        if (info.Kind is JsonTypeInfoKind.Enumerable)
        {
            return "a list in [ ]";
        }

        var number = element.ValueKind == JsonValueKind.Number;
        return type switch
        {
            _ when type == typeof(string) || type.IsEnum || info.Converter is IStringValueConverter => element.ValueKind == JsonValueKind.String ? null : "a text in quotes",
            _ when type == typeof(bool) => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            _ when type == typeof(int) => number && element.TryGetInt32(out _) ? null : $"a whole number of at most {int.MaxValue}",
            _ when type == typeof(uint) => number && element.TryGetUInt32(out _) ? null : $"a whole number from 0 to {uint.MaxValue}",
            _ when type == typeof(double) => number || element.ValueKind == JsonValueKind.String ? null : "a number",
            _ => null,
        };
    }

    private static string Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ when element.GetRawText() is { Length: <= 40 } text => text,
        _ => "too long to show",
    };
}
