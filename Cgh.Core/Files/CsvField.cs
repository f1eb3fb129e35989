namespace Cgh.Core.Files;

/// <summary>A field of a CSV file.</summary>
public static class CsvField
{
    /// <summary>Quotes a field that contains a comma, a quotation mark or a line break (RFC 4180).</summary>
    public static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
