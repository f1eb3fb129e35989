using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>Lists the labelled rows of Parquet files. Only the column of labels is read.</summary>
internal sealed class ParquetListing(string root, SourceOptions options, PassedOverList passedOver)
{
    private const int MaxClasses = 1_000_000;

    private readonly List<ParquetRows> _groups = [];
    private readonly List<int> _classes = [];
    private readonly Dictionary<(long, string?), int> _found = [];

    /// <summary>Number of files listed.</summary>
    public int Files { get; private set; }

    /// <summary>The columns of the first file.</summary>
    public ParquetColumns? Columns { get; private set; }

    /// <summary>Lists a file.</summary>
    /// <exception cref="UserErrorException">It is damaged, or its columns differ from those of the files before.</exception>
    public void Add(Split split, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(root, name);
        using var table = ParquetTable.Open(path, options);
        Columns ??= table.Columns;
        Check(path, table.Columns);
        var first = 0L;
        for (var group = 0; group < table.RowGroups; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            first += Add(split, name, path, table, group, first);
        }

        Files++;
    }

    /// <summary>The images, the names of the classes, and the row groups.</summary>
    public (ImageList Images, IReadOnlyList<string> Classes, IReadOnlyList<ParquetRows> Groups) Finish()
    {
        var keys = _found.OrderBy(entry => entry.Value).Select(entry => entry.Key).ToList();
        int[] labels;
        IReadOnlyList<string> classes;
        if (Columns is { ClassNames: { } names })
        {
            (classes, labels) = (names, [.. keys.Select(key => (int)key.Item1)]);
        }
        else
        {
            string Name((long Number, string? Text) key) => key.Text ?? key.Number.ToString(CultureInfo.InvariantCulture);
            var list = ClassList.Of(keys.Select(Name), numbers: Columns is { LabelIsText: false });
            (classes, labels) = (list.Names, [.. keys.Select(key => list.LabelOf(Name(key)))]);
        }

        var images = new ImageList();
        foreach (var rows in _groups)
        {
            for (var position = rows.First; position < rows.First + rows.Count; position++)
            {
                images.Add(rows.Split, NameOf(rows.File, rows.FirstRow + rows.RowOf(position)), labels[_classes[position]]);
            }
        }

        return (images, classes, _groups);
    }

    private int Add(Split split, string name, string path, ParquetTable table, int group, long first)
    {
        var (begin, row) = (_classes.Count, 0);
        var rows = new List<int>();
        foreach (var label in table.Labels(group))
        {
            if (label is null or { Name: "" } || (label is { Name: null, Number: < 0 }))
            {
                passedOver.Add($"without a label in column '{Columns!.LabelName}'", NameOf(name, first + row));
            }
            else
            {
                _classes.Add(ClassOf(path, first + row, label.Value));
                rows.Add(row);
            }

            row++;
        }

        if (rows.Count > 0)
        {
            _groups.Add(new ParquetRows(name, group, split, first, begin, rows.Count, rows.Count == row ? null : [.. rows]));
        }

        return row;
    }

    private static string NameOf(string file, long row) => string.Create(CultureInfo.InvariantCulture, $"{file}#{row}");

    private int ClassOf(string path, long row, (long Number, string? Name) label)
    {
        if (_found.TryGetValue(label, out var known))
        {
            return known;
        }

        if (Columns is { ClassNames: { } names } && label.Number >= names.Count)
        {
            throw new UserErrorException(
                $"{path}: row {row} has label {label.Number}, but its metadata names {names.Count} classes. Choose another column with --label-column.");
        }

        if (_found.Count == MaxClasses || label.Name is { Length: > 255 } || label.Name?.Any(char.IsControl) == true)
        {
            throw new UserErrorException(
                $"{path}: column '{Columns!.LabelName}' has '{UserText.Shortened(label.Name ?? "more than a million values")}' in row {row}, "
                    + "so it holds no classes. Choose another column with --label-column.");
        }

        return _found[label] = _found.Count;
    }

    private void Check(string path, ParquetColumns columns)
    {
        if (columns.LabelName != Columns!.LabelName
            || columns.LabelIsText != Columns.LabelIsText
            || !(columns.ClassNames ?? []).SequenceEqual(Columns.ClassNames ?? []))
        {
            throw new UserErrorException($"{path} has other labels than the files before it (column '{columns.LabelName}'). Pack files of one dataset only.");
        }
    }
}
