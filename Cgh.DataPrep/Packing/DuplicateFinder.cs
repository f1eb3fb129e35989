using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Packing;

/// <summary>An image of a finished dataset, for comparison with the others.</summary>
/// <param name="Hash">Hash of its pixels.</param>
/// <param name="Split">Its split.</param>
/// <param name="Index">Its index in the split.</param>
/// <param name="Position">Its position in the source.</param>
/// <param name="Label">Its label.</param>
internal readonly record struct HashedImage(UInt128 Hash, Split Split, int Index, int Position, int Label);

/// <summary>Finds images with the same pixels, in both splits, and lists them.</summary>
internal static class DuplicateFinder
{
    /// <summary>Returns the images that some other image equals: groups in the order of their first images, and in each group train before val.</summary>
    public static IReadOnlyList<IReadOnlyList<HashedImage>> Find(IEnumerable<HashedImage> images)
    {
        var sorted = images.ToArray();
        Array.Sort(sorted, (a, b) => (a.Hash, a.Split, a.Index).CompareTo((b.Hash, b.Split, b.Index)));
        var groups = new List<IReadOnlyList<HashedImage>>();
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            for (end = first + 1; end < sorted.Length && sorted[end].Hash == sorted[first].Hash; end++)
            {
            }

            if (end - first > 1)
            {
                groups.Add(sorted[first..end]);
            }
        }

        groups.Sort((a, b) => (a[0].Split, a[0].Index).CompareTo((b[0].Split, b[0].Index)));
        return groups;
    }

    public static DuplicateCounts Count(IReadOnlyList<IReadOnlyList<HashedImage>> groups) => new(
        groups.Sum(group => group.Count),
        groups.Count,
        groups.Where(group => group[0].Split == Split.Train).Sum(group => group.Count(image => image.Split == Split.Val)),
        groups.Where(group => group.Any(image => image.Label != group[0].Label)).Sum(group => group.Count));

    /// <summary>Writes the list.</summary>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="nameAt">Name of the image at a position of the source.</param>
    /// <param name="classes">Names of the classes.</param>
    public static void Write(string folder, IReadOnlyList<IReadOnlyList<HashedImage>> groups, Func<int, string> nameAt, IReadOnlyList<string> classes) =>
        AtomicFile.Write(Path.Combine(folder, DuplicateCounts.FileName), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("group,split,index,file,label");
            for (var group = 0; group < groups.Count; group++)
            {
                foreach (var image in groups[group])
                {
                    var split = image.Split == Split.Train ? "train" : "val";
                    writer.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{group},{split},{image.Index},{CsvField.Quoted(nameAt(image.Position))},{CsvField.Quoted(classes[image.Label])}"));
                }
            }
        });
}
