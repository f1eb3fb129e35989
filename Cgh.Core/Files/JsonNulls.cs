using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cgh.Core.Files;

/// <summary>Finds null where a type has none: the serializer accepts it there, and whoever reads the value later fails.</summary>
internal static class JsonNulls
{
    /// <summary>Returns the place of the first such null, such as <c>train.shards[0]</c>; null if there is none.</summary>
    public static string? Find(JsonElement element, Type type, JsonSerializerOptions options, string where = "")
    {
        var info = options.GetTypeInfo(type);
        if (info.Kind == JsonTypeInfoKind.Object && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                var place = where.Length == 0 ? member.Name : $"{where}.{member.Name}";
                var property = info.Properties.FirstOrDefault(property => property.Name.Equals(member.Name, StringComparison.OrdinalIgnoreCase));
                if (property?.Set is null && property?.AssociatedParameter is null)
                {
                    continue;
                }

                var found = member.Value.ValueKind != JsonValueKind.Null ? Find(member.Value, property.PropertyType, options, place)
                    : property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null ? null
                    : place;
                if (found is not null)
                {
                    return found;
                }
            }
        }
        else if (info is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { IsValueType: false } valueType } && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                var place = where.Length == 0 ? member.Name : $"{where}.{member.Name}";
                if ((member.Value.ValueKind == JsonValueKind.Null ? place : Find(member.Value, valueType, options, place)) is { } found)
                {
                    return found;
                }
            }
        }
        else if (info is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } elementType } && element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                var place = $"{where}[{index++}]";
                var found = item.ValueKind != JsonValueKind.Null ? Find(item, elementType, options, place)
                    : Nullable.GetUnderlyingType(elementType) is not null ? null
                    : place;
                if (found is not null)
                {
                    return found;
                }
            }
        }

        return null;
    }
}
