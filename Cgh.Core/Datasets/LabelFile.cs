using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// Reads one label per training example, in the order of <c>files.txt</c>, from an int64 <c>.npy</c> file or from a text file with
/// one label per line. If the first line is a class name, every line must be one; otherwise every line is a class index, from 0.
/// </summary>
public static class LabelFile
{
    /// <summary>Reads and validates the labels.</summary>
    /// <param name="path">Path of the file; anything but <c>.npy</c> is read as text.</param>
    /// <param name="classes">Class names, in index order.</param>
    /// <param name="count">Expected number of labels.</param>
    /// <returns>One class index per training example.</returns>
    /// <exception cref="UserErrorException">
    /// The file cannot be read, has the wrong number of labels, or has an invalid one; the message names its line (from 1) or row (from 0).
    /// </exception>
    public static long[] Read(string path, IReadOnlyList<string> classes, int count) =>
        path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? ReadNpy(path, classes.Count, count) : ReadText(path, classes, count);

    private static long[] ReadNpy(string path, int classes, int count)
    {
        var labels = NpyFile.ReadInt64(path, "Save a one-dimensional int64 array with numpy.save.");
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
                    throw WrongLength(path, UntrustedFile.ReadLines(path).Count(), count, $"line {count + 1}", countedFrom: 1);
                }

                var text = line.Trim();
                areNames = labels.Count == 0 ? numbers.ContainsKey(text) : areNames;
                labels.Add(areNames ? ParseName(text) : ParseIndex(text));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read the labels {path}: {UserText.FirstLine(error)} Check the path.", error);
        }

        return labels.Count == count
            ? [.. labels]
            : throw WrongLength(path, labels.Count, count, $"line {labels.Count + 1}", countedFrom: 1);

        long ParseName(string text) => numbers.TryGetValue(text, out var label)
            ? label
            : throw Invalid(
                $"'{UserText.Shortened(text)}' is not a class name.{NearestName.Suggest(UserText.Shortened(text), classes.Take(20))} "
                + "The first line is a class name, so every line must be one.");

        long ParseIndex(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label)
            && label >= 0 && label < classes.Count
            ? label
            : throw Invalid($"'{UserText.Shortened(text)}' is not a class. Use class indices from 0 to {classes.Count - 1}, or class names in every line.");

        UserErrorException Invalid(string reason) => new($"{path}, line {labels.Count + 1}: {reason}");
    }

    private static UserErrorException WrongLength(string path, int labels, int count, string place, int countedFrom) =>
        new($"{path} has {labels} labels for {count} training images: {place} is {(labels < count ? "missing" : "one too many")} "
            + $"(counting from {countedFrom}). Write one label per training image, in order.");
}
