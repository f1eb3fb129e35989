using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// Indices of training images, read from a <c>.npy</c> file of any integer type, from a text file with an index a line, or from a table with a column
/// <c>index</c>, such as <c>learned_examples.csv</c>. Empty lines are skipped.
/// </summary>
/// <param name="Path">Path of the file, as the user gave it.</param>
/// <param name="Indices">The indices, in the order of the file.</param>
/// <param name="Place">Names the place of the index at a position: its line (from 1) or row (from 0).</param>
public sealed record IndexFile(string Path, int[] Indices, Func<int, string> Place)
{
    /// <summary>The column of indices in a table.</summary>
    public const string Column = "index";

    /// <summary>Reads and checks the indices.</summary>
    /// <param name="path">Path of the file; anything but <c>.npy</c> is read as text.</param>
    /// <param name="images">Number of training images of the dataset.</param>
    /// <exception cref="UserErrorException">
    /// The file cannot be read, holds no indices, or has one that is no integer, out of range or repeated; the message names its line or row.
    /// </exception>
    public static IndexFile Read(string path, int images)
    {
        try
        {
            var file = path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? ReadNpy(path, images) : ReadText(path, images);
            SubsetIndices.Check(path, file.Indices, images, file.Place);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw UserErrorException.NotFound($"Cannot read the indices {path}: {UserText.FirstLine(error)} Check the path.");
        }
    }

    /// <summary>Writes a table with the column <see cref="Column"/> alone, atomically.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<int> indices) => AtomicFile.WriteText(
        path, Column + "\n" + string.Concat(indices.Select(index => index.ToString(CultureInfo.InvariantCulture) + "\n")));

    private static IndexFile ReadNpy(string path, int images)
    {
        var values = NpyFile.ReadIntegers(path, "Save a one-dimensional array of integers with numpy.save.");
        return new IndexFile(path, SubsetIndices.Of(path, values, images), SubsetIndices.Row);
    }

    private static IndexFile ReadText(string path, int images)
    {
        var indices = new List<int>();
        var lines = new List<int>();
        (char Separator, int Column)? table = null;
        var number = 0;
        foreach (var text in UntrustedFile.ReadLines(path))
        {
            number++;
            var line = text.Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (indices.Count == 0 && table is null && !IsInteger(line, out _))
            {
                table = TableLine.FindColumns(line, Column) is var (found, columns)
                    ? (found, columns[0])
                    : throw UserErrorException.Usage(
                        $"{path}, line {number}: '{UserText.Shortened(line)}' is neither an index nor a header with a column '{Column}'. "
                        + $"Write one integer a line, or a table with a column '{Column}'.");
                continue;
            }

            var cell = table is var (separator, column) ? TableLine.Fields(line, separator).ElementAtOrDefault(column) ?? "" : line;
            if (!IsInteger(cell, out var index))
            {
                throw UserErrorException.Usage(
                    $"{path}, line {number}: '{UserText.Shortened(cell)}' is not an index. Write one integer a line, or a table with a column '{Column}'.");
            }

            indices.Add(index is >= 0 and <= int.MaxValue ? (int)index : throw SubsetIndices.OutOfRange(path, index, Line(number), images));
            lines.Add(number);
        }

        return new IndexFile(path, [.. indices], at => Line(lines[at]));
    }

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    private static bool IsInteger(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
