using System.Collections;
using System.Globalization;

namespace Cgh.Core.Datasets;

/// <summary>The rules for a subset's indices.</summary>
public static class SubsetIndices
{
    /// <summary>Checks a list of indices: not empty, in range and distinct.</summary>
    /// <param name="what">Names the list in messages: a file, or "the training indices of subset 'easy'".</param>
    /// <param name="indices">Positions in the parent's training split.</param>
    /// <param name="images">Number of training images of the parent.</param>
    /// <param name="place">Names the place of the index at a position, such as "line 3". Null for rows, counted from 0.</param>
    /// <exception cref="UserErrorException">The list is empty, or an index is out of range or repeated; the message names it and its place.</exception>
    public static void Check(string what, ReadOnlySpan<int> indices, int images, Func<int, string>? place = null)
    {
        place ??= Row;
        if (indices.Length == 0)
        {
            throw UserErrorException.Usage($"{what}: there are no indices. A subset needs at least one training image, and one test image if it has its own.");
        }

        var seen = new BitArray(images);
        for (var i = 0; i < indices.Length; i++)
        {
            var index = indices[i];
            if (index < 0 || index >= images)
            {
                throw OutOfRange(what, index, place(i), images);
            }

            if (seen[index])
            {
                throw UserErrorException.Usage(Text($"{what}: index {index} in {place(i)} is also in {place(indices.IndexOf(index))}. Remove one of them."));
            }

            seen[index] = true;
        }
    }

    /// <summary>Checks that no test image is also a training image.</summary>
    /// <exception cref="UserErrorException">An index is in both; the message names it and its line or row in each.</exception>
    public static void CheckDisjoint(IndexFile train, IndexFile test) =>
        CheckDisjoint(test.Path, train.Indices, test.Indices, at => $"{train.Place(at)} of {train.Path}", test.Place);

    /// <inheritdoc cref="CheckDisjoint(IndexFile, IndexFile)"/>
    /// <param name="what">Names the test indices in messages.</param>
    /// <param name="train">Positions of the training images in the parent's training split.</param>
    /// <param name="test">Positions of the test images in the parent's training split.</param>
    public static void CheckDisjoint(string what, int[] train, int[] test) =>
        CheckDisjoint(what, train, test, at => $"{Row(at)} of the training indices", Row);

    private static void CheckDisjoint(string what, int[] train, int[] test, Func<int, string> trainPlace, Func<int, string> testPlace)
    {
        var rows = new Dictionary<int, int>(train.Length);
        for (var i = 0; i < train.Length; i++)
        {
            rows[train[i]] = i;
        }

        for (var i = 0; i < test.Length; i++)
        {
            if (rows.TryGetValue(test[i], out var row))
            {
                throw UserErrorException.Usage(Text(
                    $"{what}: index {test[i]} in {testPlace(i)} is also in {trainPlace(row)}. Remove it from one of the two."));
            }
        }
    }

    /// <summary>Converts the values of a <c>.npy</c> file.</summary>
    /// <exception cref="UserErrorException">A value is no index of a training image; the message names it and its row.</exception>
    internal static int[] Of(string path, long[] values, int images)
    {
        var wrong = Array.FindIndex(values, value => value < 0 || value >= images);
        return wrong < 0 ? Array.ConvertAll(values, value => (int)value) : throw OutOfRange(path, values[wrong], Row(wrong), images);
    }

    /// <summary>Creates the error for an index that no training image has.</summary>
    internal static UserErrorException OutOfRange(string what, long index, string place, int images) => UserErrorException.Usage(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: index {index} in {place} is out of range: the dataset's training images are 0 to {images - 1}. "
        + $"Remove it, or choose the dataset that the indices are for."));

    internal static string Row(int at) => Text($"row {at} (counting from 0)");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
