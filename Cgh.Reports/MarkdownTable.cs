namespace Cgh.Reports;

/// <summary>Formats Markdown tables with padded cells, so that they are also readable as plain text.</summary>
internal static class MarkdownTable
{
    /// <summary>Formats a table. The first column is left-aligned, the others are right-aligned.</summary>
    public static string Make(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(header).Select(row => row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)).ToArray()).ToList();
        var widths = Enumerable.Range(0, header.Count).Select(column => Math.Max(4, all.Max(row => row[column].Length))).ToArray();
        string Line(string[] row) =>
            "| " + string.Join(" | ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))) + " |";
        var rule = "|" + string.Join("|", widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")) + "|";
        return string.Join('\n', all.Skip(1).Select(Line).Prepend(rule).Prepend(Line(all[0]))) + "\n";
    }
}
