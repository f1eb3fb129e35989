using System.Text.Json;

namespace Cgh.Core.Files;

/// <summary>Finds text that JSON can write but that is neither Unicode nor part of a path.</summary>
internal static class JsonText
{
    /// <summary>Describes the first such text in a sentence; null if there is none.</summary>
    public static string? Failure(JsonElement element, string where = "")
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    if (Failure(() => member.Name, where.Length == 0 ? "a key" : $"a key of {where}") is { } inName)
                    {
                        return inName;
                    }

                    if (Failure(member.Value, Place(where, member.Name)) is { } inValue)
                    {
                        return inValue;
                    }
                }

                return null;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (Failure(item, $"{where}[{index++}]") is { } inItem)
                    {
                        return inItem;
                    }
                }

                return null;
            case JsonValueKind.String:
                return Failure(() => element.GetString()!, where);
            default:
                return null;
        }
    }

    private static string Place(string where, string name) => where.Length == 0 ? name : $"{where}.{name}";

    private static string? Failure(Func<string> text, string where)
    {
        try
        {
            return text().Contains('\0', StringComparison.Ordinal) ? $"{UserText.Shortened(where)} has a NUL character (\\u0000)." : null;
        }
        catch (InvalidOperationException)
        {
            return $"{UserText.Shortened(where)} has half of a surrogate pair, such as \\ud800, which is not a character.";
        }
    }
}
