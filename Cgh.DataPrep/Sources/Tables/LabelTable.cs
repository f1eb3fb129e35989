using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>A row of a table of image files and labels.</summary>
/// <param name="Number">Number of the row, from 1.</param>
/// <param name="File">The file as the table has it.</param>
/// <param name="Label">Name of its class; empty if it has none.</param>
/// <param name="Split">Its split as the table has it; null if the table has no such column.</param>
internal readonly record struct LabelRow(int Number, string File, string Label, string? Split);

/// <summary>Reads tables of image files and labels, with or without a header.</summary>
internal static class LabelTable
{
    private const int MaxLabelLength = 255;

    private static readonly string[] s_fileColumns =
    [
        "file", "filename", "file_name", "image", "image_id", "imageid", "img", "image_name", "image_path", "path", "filepath", "file_path", "name", "id",
    ];

    private static readonly string[] s_labelColumns =
    [
        "label", "labels", "class", "class_name", "classname", "category", "target", "wnid", "predictionstring", "breed", "species", "class_id", "y",
    ];

    private static readonly string[] s_splitColumns = ["split", "set", "subset", "data set", "partition"];

    /// <summary>Reads the rows.</summary>
    /// <exception cref="UserErrorException">The file is not such a table, or lacks a column of the options.</exception>
    public static IEnumerable<LabelRow> Read(string path, SourceOptions options)
    {
        Columns? columns = null;
        foreach (var (number, fields) in DelimitedText.Read(path))
        {
            if (columns is null)
            {
                columns = FindColumns(path, fields, options);
                if (columns.Header)
                {
                    continue;
                }
            }

            if (fields.Count <= columns.File || fields.Count <= columns.Label)
            {
                throw new UserErrorException(
                    $"{path}, row {number} has {fields.Count} of {Math.Max(columns.File, columns.Label) + 1} columns. Each row needs a file and its label.");
            }

            // In Kaggle's column of predictions, the coordinates of a box follow.
            var label = columns.FirstWord ? fields[columns.Label].Split(' ', 2)[0] : fields[columns.Label];
            if (label.Length > MaxLabelLength || label.Any(char.IsControl))
            {
                throw new UserErrorException($"{path}, row {number}: '{UserText.Shortened(label)}' is not the name of a class. "
                        + "Check which column has the labels.");
            }

            yield return new LabelRow(number, fields[columns.File], label, columns.Split is { } split && split < fields.Count ? fields[split] : null);
        }
    }

    private static Columns FindColumns(string path, IReadOnlyList<string> first, SourceOptions options)
    {
        if (FindColumns(first, options) is { } columns)
        {
            return columns;
        }

        if ((options.ImageColumn ?? options.LabelColumn) is not null)
        {
            throw UserErrorException.Usage(
                $"{path} has the columns {UserText.Shortened(string.Join(", ", first), 200)}. Choose from these with --image-column and --label-column.");
        }

        return first.Count >= 2
            ? new Columns(File: 0, Label: 1, Split: null, Header: false, FirstWord: false)
            : throw new UserErrorException($"{path} has one column. A table of files and labels is needed, such as: cat/1.jpg,cat");
    }

    private static Columns? FindColumns(IReadOnlyList<string> first, SourceOptions options)
    {
        var file = Find(first, options.ImageColumn is { } given ? [given] : s_fileColumns);
        var label = Find(first, options.LabelColumn is { } name ? [name] : s_labelColumns);
        return file < 0 || label < 0 || file == label
            ? null
            : new Columns(
                file,
                label,
                Find(first, s_splitColumns) is >= 0 and var split ? split : null,
                Header: true,
                FirstWord: first[label].Equals("PredictionString", StringComparison.OrdinalIgnoreCase));
    }

    private static int Find(IReadOnlyList<string> header, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            for (var i = 0; i < header.Count; i++)
            {
                if (header[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return i;
                }
            }
        }

        return -1;
    }

    private sealed record Columns(int File, int Label, int? Split, bool Header, bool FirstWord);
}
