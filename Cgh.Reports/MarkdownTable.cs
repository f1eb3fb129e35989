namespace Cgh.Reports;

/// <summary>Formats Markdown tables with padded cells, so that they are also readable as plain text.</summary>
internal static class MarkdownTable
{
    /// <summary>Formats a table. The first column and other columns of text are left-aligned, columns of numbers are right-aligned.</summary>
    public static string Make(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(header).Select(row => row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)).ToArray()).ToList();
        var columns = Enumerable.Range(0, header.Count).ToList();
        var widths = columns.Select(column => Math.Max(4, all.Max(row => row[column].Length))).ToArray();
        var isText = columns.Select(column => column == 0 || rows.Any(row => IsText(row[column]))).ToArray();
        string Line(string[] row) =>
            "| " + string.Join(" | ", row.Select((cell, column) => isText[column] ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))) + " |";
        string Rule(int column) => isText[column] ? new string('-', widths[column] + 2) : new string('-', widths[column] + 1) + ":";
        var rule = $"|{string.Join('|', columns.Select(Rule))}|";
        return string.Join('\n', all.Skip(1).Select(Line).Prepend(rule).Prepend(Line(all[0]))) + "\n";
    }

    private static bool IsText(string cell) => cell.Length > 0 && char.IsLetter(cell[0]) && cell != "NaN";
}
