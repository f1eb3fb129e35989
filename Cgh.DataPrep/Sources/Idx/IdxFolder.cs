using System.Text.RegularExpressions;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Idx;

/// <summary>Finds the idx files of a set by their names, such as <c>train-images-idx3-ubyte.gz</c> and <c>t10k-labels-idx1-ubyte.gz</c>.</summary>
internal static partial class IdxFolder
{
    // A folder with more entries is something else; looking into each would take long.
    private const int MaxEntries = 200;

    /// <summary>Whether a path is an idx file, or a folder that holds one.</summary>
    public static bool Recognizes(string path) => File.Exists(path) ? IsSetFile(path) : Directory.Exists(path) && FilesIn(path).Any(IsSetFile);

    /// <summary>Finds the files of the set that a folder holds, or to which a file belongs.</summary>
    /// <exception cref="UserErrorException">A file is missing, or the folder holds several sets.</exception>
    public static IdxSet Find(string path)
    {
        var folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        var files = FilesIn(folder).Where(IsSetFile).Select(file => (Path: file, Name: Parse(file))).Where(file => file.Name is not null).ToList();
        if (File.Exists(path))
        {
            var name = Parse(path) ?? throw new UserErrorException($"{path}: the name of an idx file must say what it holds. {Names}");
            files = [.. files.Where(file => file.Name!.Set == name.Set)];
        }

        var sets = files.Select(file => file.Name!.Set).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (sets.Count == 0)
        {
            throw new UserErrorException($"{path} holds idx files, but their names do not say what they hold. {Names}");
        }

        if (sets.Count > 1)
        {
            var example = files.First(file => file.Name!.Set == sets[0]).Path;
            throw new UserErrorException(
                $"{path} holds {sets.Count} sets ({string.Join(", ", sets.Select(set => set.TrimEnd('-')))}). "
                + $"Give a file of the one to use, such as {example}.");
        }

        var train = Pair(Split.Train)
            ?? throw new UserErrorException($"{path} holds no training images (train-images-idx3-ubyte or train-images-idx3-ubyte.gz).");
        var val = Pair(Split.Val);
        string?[] used = [train.Images, train.Labels, val?.Images, val?.Labels];
        return new IdxSet(train, val, File.Exists(path) ? [] : [.. FilesIn(folder).Except(used.OfType<string>()).Order(StringComparer.Ordinal)]);

        IdxPair? Pair(Split split)
        {
            var images = One(split, "images");
            var labels = One(split, "labels");
            return (images, labels) switch
            {
                (null, null) => null,
                (not null, not null) => new IdxPair(images, labels),
                _ => throw new UserErrorException(
                    $"{images ?? labels} has no file of {(images is null ? "images" : "labels")} beside it. Images and labels are needed."),
            };
        }

        // Of a file and its compressed copy, either will do.
        string? One(Split split, string what) => files.Where(file => file.Name!.Split == split && file.Name.What == what)
            .Select(file => file.Path).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private static string Names =>
        "Names as MNIST's are needed: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, plain or .gz.";

    // By content, or by name: the error then says what is wrong with the content.
    private static bool IsSetFile(string path) => Parse(path) is not null || IdxFile.IsIdx(path);

    private static IEnumerable<string> FilesIn(string folder)
    {
        try
        {
            var entries = Directory.EnumerateFileSystemEntries(folder).Take(MaxEntries + 1).ToList();
            return entries.Count > MaxEntries ? [] : entries.Where(entry => !Path.GetFileName(entry).StartsWith('.') && File.Exists(entry));
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static FileName? Parse(string path) => NamePattern().Match(Path.GetFileName(path)) is { Success: true } match
        ? new FileName(
            match.Groups["set"].Value.ToLowerInvariant(),
            match.Groups["split"].Value.Equals("train", StringComparison.OrdinalIgnoreCase) ? Split.Train : Split.Val,
            match.Groups["what"].Value.ToLowerInvariant())
        : null;

    [GeneratedRegex(@"^(?<set>.*?)(?<split>train|t10k|test)[-._](?<what>images|labels)[-._]idx[13][-._]ubyte(\.gz)?$", RegexOptions.IgnoreCase)]
    private static partial Regex NamePattern();

    private sealed record FileName(string Set, Split Split, string What);
}

/// <summary>The files of a set.</summary>
/// <param name="Train">Training images and labels.</param>
/// <param name="Val">Test images and labels, if there are any.</param>
/// <param name="Others">Files in the folder that are not used.</param>
internal sealed record IdxSet(IdxPair Train, IdxPair? Val, IReadOnlyList<string> Others);

/// <summary>A file of images and the file of their labels.</summary>
internal sealed record IdxPair(string Images, string Labels);
