using System.Text;

namespace Cgh.Core.Files;

/// <summary>A line of a table whose fields are separated by commas, semicolons or tabs. Quoted fields may hold separators, but no line breaks.</summary>
internal static class TableLine
{
    private static readonly char[] s_separators = [',', ';', '\t'];

    /// <summary>Finds columns by their names, in any case.</summary>
    /// <param name="header">The first line.</param>
    /// <param name="names">The columns.</param>
    /// <returns>The separator and the position of each column; null if one is missing.</returns>
    public static (char Separator, int[] Columns)? FindColumns(string header, params string[] names)
    {
        foreach (var separator in s_separators)
        {
            var fields = Fields(header, separator);
            var columns = Array.ConvertAll(names, name => fields.FindIndex(field => field.Equals(name, StringComparison.OrdinalIgnoreCase)));
            if (Array.TrueForAll(columns, column => column >= 0))
            {
                return (separator, columns);
            }
        }

        return null;
    }

    /// <summary>Splits a line. In quotes, a doubled quotation mark is one.</summary>
    public static List<string> Fields(string line, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[i++]);
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == separator && !isQuoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString().Trim());
        return fields;
    }
}
