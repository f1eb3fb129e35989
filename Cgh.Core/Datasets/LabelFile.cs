using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// A file of labels, one for each training example in the order of <c>files.txt</c>: <c>.npy</c> of int64, or text with a label
/// a line. Where the first line is the name of a class, all lines are names; else all are numbers of classes, from 0.
/// </summary>
public static class LabelFile
{
    /// <summary>Reads it and checks every label.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="classes">Names of the classes, in the order of their numbers.</param>
    /// <param name="count">Labels that are needed.</param>
    /// <exception cref="UserErrorException">Names the first line (from 1) or row (from 0) that is no label, or where the file ends or goes on.</exception>
    public static long[] Read(string path, IReadOnlyList<string> classes, int count) =>
        path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? ReadNpy(path, classes.Count, count) : ReadText(path, classes, count);

    private static long[] ReadNpy(string path, int classes, int count)
    {
        var labels = NpyFile.ReadInt64(path, "Save one row of int64 with numpy.save.");
        if (labels.Length != count)
        {
            throw WrongLength(path, labels.Length, count, $"row {Math.Min(labels.Length, count)}", "rows count from 0");
        }

        var wrong = Array.FindIndex(labels, label => label < 0 || label >= classes);
        return wrong < 0
            ? labels
            : throw new UserErrorException($"{path} has label {labels[wrong]} in row {wrong} (rows count from 0); the dataset's classes are 0 to {classes - 1}.");
    }

    private static long[] ReadText(string path, IReadOnlyList<string> classes, int count)
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var label = 0; label < classes.Count; label++)
        {
            numbers[classes[label]] = label;
        }

        var labels = new List<long>(count);
        var areNames = false;
        try
        {
            foreach (var line in UntrustedFile.ReadLines(path))
            {
                if (labels.Count == count)
                {
                    throw WrongLength(path, UntrustedFile.ReadLines(path).Count(), count, $"line {count + 1}", "lines count from 1");
                }

                var text = line.Trim();
                areNames = labels.Count == 0 ? numbers.ContainsKey(text) : areNames;
                labels.Add(areNames ? Named(text) : Numbered(text));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the labels {path}: {AtomicFile.FirstLine(error)} Check the path.", error);
        }

        return labels.Count == count
            ? [.. labels]
            : throw WrongLength(path, labels.Count, count, $"line {labels.Count + 1}", "lines count from 1");

        long Named(string text) => numbers.TryGetValue(text, out var label)
            ? label
            : throw Wrong($"'{UserText.Shortened(text)}' is not the name of a class.{NearestName.Suggest(UserText.Shortened(text), classes.Take(20))} The first line is a name, so all must be.");

        long Numbered(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label) && label >= 0 && label < classes.Count
            ? label
            : throw Wrong($"'{UserText.Shortened(text)}' is not a class: write the numbers 0 to {classes.Count - 1}, or the classes' names in every line.");

        UserErrorException Wrong(string what) => new($"{path}, line {labels.Count + 1}: {what}");
    }

    private static UserErrorException WrongLength(string path, int labels, int count, string place, string counting) =>
        new($"{path} has {labels} labels for {count} training images: {place} is {(labels < count ? "missing" : "one too many")} ({counting}). Write one for each line of train/files.txt.");
}
