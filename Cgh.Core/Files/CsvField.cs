using System.Globalization;

namespace Cgh.Core.Files;

/// <summary>A field of text, such as the name of a file or a class, in a CSV file.</summary>
public static class CsvField
{
    /// <summary>
    /// Quotes a field that contains a comma, a quotation mark or a line break (RFC 4180). A text that spreadsheets would calculate as a formula gets an
    /// apostrophe in front (OWASP's advice on CSV injection); a number stays one.
    /// </summary>
    public static string Quoted(string text)
    {
        var plain = IsFormula(text) ? "'" + text : text;
        return plain.AsSpan().ContainsAny(",\"\r\n") ? $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : plain;
    }

    private static bool IsFormula(string text) =>
        text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..]
        && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
