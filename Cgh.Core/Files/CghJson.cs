using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cgh.Core.Files;

/// <summary>Reads and writes the JSON files and message payloads of all projects.</summary>
public static class CghJson
{
    /// <summary>camelCase names, kebab-case enum values, indented: for files that people read.</summary>
    public static JsonSerializerOptions File { get; } = Make(indented: true);

    /// <summary>The same without line breaks: for JSON lines and the run store.</summary>
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    /// <summary>Accepts comments and trailing commas, which people write.</summary>
    internal static JsonDocumentOptions Lenient { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private const int MaxReasonLength = 300;

    private static JsonSerializerOptions Make(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = indented,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            // Names are compared without case, here too.
            AllowDuplicateProperties = false,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Writes a file atomically.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Save<T>(string path, T value) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(value, File) + "\n");

    /// <summary>Reads a file that <see cref="Save{T}"/> wrote. Unknown keys are ignored: they may come from a newer version.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about a damaged file.</param>
    /// <exception cref="UserErrorException">The file is missing or damaged.</exception>
    public static T Load<T>(string path, string remedy = "Restore or recreate it.")
    {
        try
        {
            if (SharedFile.ReadText(path) is not { Length: > 0 } text)
            {
                throw new UserErrorException($"{path} is empty or not a regular file. {remedy}");
            }

            using var document = JsonDocument.Parse(text, Lenient);
            if (JsonText.Failure(document.RootElement) is { } failure)
            {
                throw new UserErrorException($"{path} is not readable: {failure} {remedy}");
            }

            if (JsonNulls.Find(document.RootElement, typeof(T), File) is { } place)
            {
                throw new UserErrorException($"{path} is not readable: {UserText.Shortened(place)} is null. {remedy}");
            }

            return document.Deserialize<T>(File)
                ?? throw new UserErrorException($"{path} contains only null. {remedy}");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path} is not readable: {Reason(error)} {remedy}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }

    /// <summary>Reads a payload that was written with <see cref="Line"/>. Unknown keys are ignored.</summary>
    /// <exception cref="JsonException">The text is damaged, or has null where the type has none. The message is a phrase.</exception>
    public static T ParseLine<T>(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Lenient);
            return JsonNulls.Find(document.RootElement, typeof(T), Line) is { } place
                ? throw new JsonException($"{UserText.Shortened(place)} is null")
                : document.Deserialize<T>(Line) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new JsonException(Reason(error).TrimEnd('.'), error);
        }
    }

    /// <summary>
    /// Reads a file that a person wrote. An unknown key is an error that names its location and the nearest valid key.
    /// </summary>
    /// <exception cref="UserErrorException">The file is missing, is not JSON, has an unknown key or a value of the wrong type.</exception>
    public static T LoadStrict<T>(string path)
    {
        string text;
        try
        {
            text = UntrustedFile.ReadText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw UserErrorException.Usage($"Cannot read {path}: {UserText.FirstLine(error)} Check the path.");
        }

        return ParseStrict<T>(text, path);
    }

    /// <summary>Parses text like <see cref="LoadStrict{T}"/>.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="origin">Where the text comes from, for error messages.</param>
    /// <exception cref="UserErrorException">The text is not JSON, has unknown keys or values of the wrong type. Each has a line.</exception>
    public static T ParseStrict<T>(string text, string origin)
    {
        var failures = new List<string>();
        return TryParseStrict<T>(text, origin, failures, out var value)
            ? value
            : throw UserErrorException.Usage(failures.Select(failure => $"{origin}: {failure}"));
    }

    /// <summary>Parses text like <see cref="ParseStrict{T}"/>, but adds unknown keys and values of the wrong type to a list, without the origin.</summary>
    /// <exception cref="UserErrorException">The text is not JSON.</exception>
    internal static bool TryParseStrict<T>(string text, string origin, ICollection<string> failures, [NotNullWhen(true)] out T? value)
    {
        value = default;
        try
        {
            // First: comparing keys that are no text throws.
            using (var any = JsonDocument.Parse(text, Lenient))
            {
                if (JsonText.Failure(any.RootElement) is { } failure)
                {
                    throw UserErrorException.Usage($"{origin}: {failure} Remove it.");
                }
            }

            using var document = JsonDocument.Parse(text, Lenient with { AllowDuplicateProperties = false });

            var before = failures.Count;
            CheckSameKeys(document.RootElement, where: "", failures);
            CheckKeys(document.RootElement, typeof(T), where: "", failures);
            if (failures.Count > before)
            {
                return false;
            }

            value = document.Deserialize<T>(File) ?? throw UserErrorException.Usage($"{origin} contains only null; expected an object.");
            return true;
        }
        catch (JsonException error)
        {
            var place = error.Path is { Length: > 2 } at ? $" at {UserText.Shortened(at[2..])}" : error.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw UserErrorException.Usage($"{origin}{place}: {Reason(error)}");
        }
    }

    // Without the position that JsonException appends, which counts lines from 0, and without the names of .NET types.
    private static string Reason(JsonException error)
    {
        var message = UserText.FirstLine(error);
        var end = new[] { " Path: ", " LineNumber: ", " encountered during deserialization of type " }
            .Select(part => message.IndexOf(part, StringComparison.Ordinal))
            .Where(at => at >= 0)
            .DefaultIfEmpty(message.Length)
            .Min();
        return UserText.Shortened(end == message.Length ? message : message[..end].TrimEnd('.') + ".", MaxReasonLength);
    }

    private static void CheckKeys(JsonElement element, Type type, string where, ICollection<string> failures)
    {
        var info = File.GetTypeInfo(type);
        if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumType && element.ValueKind == JsonValueKind.String)
        {
            var names = Enum.GetNames(enumType).Select(JsonNamingPolicy.KebabCaseLower.ConvertName).ToArray();
            var given = element.GetString()!;
            if (!names.Contains(given, StringComparer.OrdinalIgnoreCase))
            {
                failures.Add($"unknown {where.Split('.')[^1]} '{UserText.Shortened(given)}'.{NearestName.Suggest(given, names)}");
            }
        }
        else if (element.ValueKind == JsonValueKind.String && info.Converter is IStringValueConverter converter)
        {
            if (converter.Validate(element.GetString()!) is { } failure)
            {
                failures.Add(failure);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array && info.ElementType is { } elementType)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Null)
                {
                    failures.Add($"{where}[{index}] is null. Remove it or set a value.");
                }
                else
                {
                    CheckKeys(item, elementType, $"{where}[{index}]", failures);
                }

                index++;
            }
        }
        else if (element.ValueKind == JsonValueKind.Object && info.Kind == JsonTypeInfoKind.Object)
        {
            // Those that are left out of JSON can be neither read nor written.
            var known = info.Properties
                .Where(property => property.Get is not null || property.Set is not null)
                .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
            foreach (var member in element.EnumerateObject())
            {
                if (!known.TryGetValue(member.Name, out var property))
                {
                    var place = where.Length == 0 ? "" : $" in {where}";
                    failures.Add($"unknown key '{UserText.Shortened(member.Name)}'{place}.{NearestName.Suggest(member.Name, known.Keys)}");
                }
                else if (member.Value.ValueKind == JsonValueKind.Null && !property.IsSetNullable)
                {
                    failures.Add($"{(where.Length == 0 ? "" : where + ".")}{member.Name} is null. Remove it or set a value.");
                }
                else
                {
                    CheckKeys(member.Value, property.PropertyType, where.Length == 0 ? member.Name : $"{where}.{member.Name}", failures);
                }
            }
        }
        else if (Expected(Nullable.GetUnderlyingType(type) ?? type, info, element) is { } expected)
        {
            failures.Add($"{(where.Length == 0 ? "the file" : where)} must be {expected} (it is {Shown(element)}).");
        }
    }

    // Names are compared without case, also those of an object that is taken apart later.
    private static void CheckSameKeys(JsonElement element, string where, ICollection<string> failures)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                CheckSameKeys(item, $"{where}[{index++}]", failures);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var member in element.EnumerateObject())
            {
                if (!given.TryAdd(member.Name, member.Name))
                {
                    var (first, second) = (UserText.Shortened(given[member.Name]), UserText.Shortened(member.Name));
                    failures.Add($"'{first}' and '{second}'{(where.Length == 0 ? "" : $" in {where}")} are the same key. Remove one of the two.");
                }

                CheckSameKeys(member.Value, where.Length == 0 ? member.Name : $"{where}.{member.Name}", failures);
            }
        }
    }

    // Describes the JSON value that the type needs; null if this element is one.
    private static string? Expected(Type type, JsonTypeInfo info, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (info.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary || type == typeof(JsonObject))
        {
            return element.ValueKind == JsonValueKind.Object ? null : "an object";
        }

        if (info.Kind is JsonTypeInfoKind.Enumerable)
        {
            return "a list";
        }

        var number = element.ValueKind == JsonValueKind.Number;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) || type.IsEnum || info.Converter is IStringValueConverter =>
                element.ValueKind == JsonValueKind.String ? null : "a string",
            _ when type == typeof(bool) => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            _ when type == typeof(int) => number && element.TryGetInt32(out _) ? null : $"an integer of at most {int.MaxValue}",
            _ when type == typeof(uint) => number && element.TryGetUInt32(out _) ? null : $"an integer from 0 to {uint.MaxValue}",
            _ when type == typeof(double) => number || IsNamedNumber(element) ? null : "a number",
            _ => null,
        };
    }

    // As JsonNumberHandling.AllowNamedFloatingPointLiterals; the rules of a value say what is wrong with them.
    private static bool IsNamedNumber(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is "NaN" or "Infinity" or "-Infinity";

    private static string Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ when element.GetRawText() is { Length: <= 40 } text => text,
        _ => "too long to show",
    };
}
