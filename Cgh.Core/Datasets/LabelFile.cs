using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// Reads one label per training example: in the order of <c>files.txt</c>, from a <c>.npy</c> file of any integer type or from a text file with one label per
/// line; or in any order from a table with the columns <c>file</c> and <c>label</c>. If the first label is a class name, every one must be; otherwise every
/// one is a class index, from 0.
/// </summary>
public static class LabelFile
{
    private const string FileColumn = "file";
    private const string LabelColumn = "label";

    /// <summary>Reads and validates the labels.</summary>
    /// <param name="path">Path of the file; anything but <c>.npy</c> is read as text.</param>
    /// <param name="classes">Class names, in index order.</param>
    /// <param name="files">Returns the names of the training images' files, in their order. Called for a table only.</param>
    /// <param name="count">Expected number of labels.</param>
    /// <returns>One class index per training example.</returns>
    /// <exception cref="UserErrorException">
    /// The file cannot be read, has the wrong number of labels, or has an invalid one; the message names its line (from 1) or row (from 0).
    /// </exception>
    public static long[] Read(string path, IReadOnlyList<string> classes, int count, Func<string[]> files)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return ReadNpy(path, classes.Count, count);
        }

        try
        {
            return TableLine.FindColumns(UntrustedFile.ReadLines(path).FirstOrDefault() ?? "", FileColumn, LabelColumn) is var (separator, columns)
                ? ReadTable(path, separator, columns, new LabelText(path, classes), files())
                : ReadText(path, new LabelText(path, classes), count);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the labels {path}: {UserText.FirstLine(error)} Check the path.", error);
        }
    }

    private static long[] ReadNpy(string path, int classes, int count)
    {
        var labels = NpyFile.ReadIntegers(path, "Save a one-dimensional array of integers with numpy.save.");
        if (labels.Length != count)
        {
            throw WrongLength(path, labels.Length, count, $"row {Math.Min(labels.Length, count)}", countedFrom: 0);
        }

        var wrong = Array.FindIndex(labels, label => label < 0 || label >= classes);
        return wrong < 0
            ? labels
            : throw new UserErrorException(
                $"{path} has label {labels[wrong]} in row {wrong} (counting from 0); the dataset's classes are 0 to {classes - 1}.");
    }

    private static long[] ReadText(string path, LabelText text, int count)
    {
        var labels = new List<long>(count);
        foreach (var line in UntrustedFile.ReadLines(path))
        {
            if (labels.Count == count)
            {
                throw WrongLength(path, UntrustedFile.ReadLines(path).Count(), count, $"line {count + 1}", countedFrom: 1);
            }

            labels.Add(text.Parse(line.Trim(), labels.Count + 1));
        }

        return labels.Count == count
            ? [.. labels]
            : throw WrongLength(path, labels.Count, count, $"line {labels.Count + 1}", countedFrom: 1);
    }

    // Rows about other files are passed over: tables often list those of all splits.
    private static long[] ReadTable(string path, char separator, int[] columns, LabelText text, string[] files)
    {
        var names = new FileNames(files);
        var labels = new long[files.Length];
        var lines = new int[files.Length];
        var number = 1;
        foreach (var line in UntrustedFile.ReadLines(path).Skip(1))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var fields = TableLine.Fields(line, separator);
            if (fields.Count <= columns.Max())
            {
                throw new UserErrorException($"{path}, line {number} has {fields.Count} of {columns.Max() + 1} columns. Each line needs a file and its label.");
            }

            var label = text.Parse(fields[columns[1]], number);
            if (names.Find(fields[columns[0]], out var other) is not { } at)
            {
                continue;
            }

            if (other is not null)
            {
                throw new UserErrorException(
                    $"{path}, line {number}: {UserText.Shortened(fields[columns[0]])} can be {files[at]} or {other}. "
                    + "Write its name as train/files.txt has it.");
            }

            if (lines[at] > 0 && labels[at] != label)
            {
                throw new UserErrorException(
                    $"{path} has two labels for {UserText.Shortened(files[at])}, in lines {lines[at]} and {number}. Remove one.");
            }

            (labels[at], lines[at]) = (label, number);
        }

        var missing = lines.Count(line => line == 0);
        return missing == 0
            ? labels
            : throw new UserErrorException(
                $"{path} has no label for {missing} of {files.Length} training images; the first is {UserText.Shortened(files[Array.IndexOf(lines, 0)], 200)}. "
                + "Add a line for each.");
    }

    private static UserErrorException WrongLength(string path, int labels, int count, string place, int countedFrom) =>
        new($"{path} has {labels} labels for {count} training images: {place} is {(labels < count ? "missing" : "one too many")} "
            + $"(counting from {countedFrom}). Write one label per training image, in order.");

    /// <summary>Parses labels, the first of which decides whether they are names or indices.</summary>
    private sealed class LabelText(string path, IReadOnlyList<string> classes)
    {
        private readonly Dictionary<string, long> _numbers = new(
            classes.Select((name, label) => KeyValuePair.Create(name, (long)label)), StringComparer.Ordinal);
        private bool? _areNames;

        public long Parse(string text, int line)
        {
            _areNames ??= _numbers.ContainsKey(text);
            return _areNames.Value ? ParseName(text, line) : ParseIndex(text, line);
        }

        private long ParseName(string text, int line) => _numbers.TryGetValue(text, out var label)
            ? label
            : throw Invalid(
                line,
                $"'{UserText.Shortened(text)}' is not a class name.{NearestName.Suggest(UserText.Shortened(text), classes.Take(20))} "
                + "The first line is a class name, so every line must be one.");

        private long ParseIndex(string text, int line) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label) && label >= 0 && label < classes.Count
                ? label
                : throw Invalid(
                    line, $"'{UserText.Shortened(text)}' is not a class. Use class indices from 0 to {classes.Count - 1}, or class names in every line.");

        private UserErrorException Invalid(int line, string reason) => new($"{path}, line {line}: {reason}");
    }

    /// <summary>Finds a file by its name, or by the end of it: tables have names relative to other folders, or none of the folders.</summary>
    private sealed class FileNames
    {
        private readonly string[] _files;
        private readonly ILookup<string, int> _byName;

        public FileNames(string[] files)
        {
            _files = files;
            _byName = Enumerable.Range(0, files.Length).ToLookup(at => NameOf(files[at]), StringComparer.Ordinal);
        }

        /// <summary>The position of a file; null if there is none. If the name fits two files, <paramref name="other"/> is the second.</summary>
        public int? Find(string name, out string? other)
        {
            name = name.Replace('\\', '/');
            other = null;
            int? found = null;
            foreach (var at in _byName[NameOf(name)])
            {
                if (_files[at] == name)
                {
                    other = null;
                    return at;
                }

                if (_files[at].EndsWith('/' + name, StringComparison.Ordinal))
                {
                    other ??= found is null ? null : _files[at];
                    found ??= at;
                }
            }

            return found;
        }

        private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
    }
}
