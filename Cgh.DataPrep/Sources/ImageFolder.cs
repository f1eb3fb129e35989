using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Packing;

/// <summary>One image file of a source.</summary>
/// <param name="Path">Relative to the source, with '/': <c>train/CLASS/NAME.JPEG</c>.</param>
/// <param name="Label">Index of its class.</param>
internal sealed record SourceFile(string Path, int Label)
{
    /// <summary>The path on one line, as lists of files give it.</summary>
    public string Listed => Path.Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>
/// What a folder in ImageNet's layout holds. Classes are the folders of <c>train</c>, sorted by ordinal, and files are
/// sorted by ordinal within their class: an image's index in the dataset depends on names alone.
/// </summary>
internal sealed class SourceListing
{
    private static readonly string[] s_extensions = [".jpeg", ".jpg", ".png"];

    private SourceListing(string root, IReadOnlyList<string> classes, IReadOnlyList<SourceFile> train, IReadOnlyList<SourceFile> val, string fingerprint)
    {
        Root = root;
        Classes = classes;
        Train = train;
        Val = val;
        Fingerprint = fingerprint;
    }

    public string Root { get; }

    public IReadOnlyList<string> Classes { get; }

    public IReadOnlyList<SourceFile> Train { get; }

    public IReadOnlyList<SourceFile> Val { get; }

    /// <summary>SHA-256 over all paths, lengths and times of change: another one means another source.</summary>
    public string Fingerprint { get; }

    public int Count => Train.Count + Val.Count;

    public IReadOnlyList<SourceFile> this[Split split] => split == Split.Train ? Train : Val;

    /// <exception cref="UserErrorException">The folder is missing, is not in ImageNet's layout, or holds no images.</exception>
    public static SourceListing Read(string root, IProgress<StageProgress>? progress = null, CancellationToken stop = default)
    {
        if (!Directory.Exists(root))
        {
            throw new UserErrorException($"There is no folder {root}. Give one that holds train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
        }

        foreach (var split in new[] { "train", "val" })
        {
            if (!Directory.Exists(Path.Combine(root, split)))
            {
                throw new UserErrorException($"{root} holds no folder '{split}'. ImageNet's layout is needed: train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
            }
        }

        var classes = ClassFolders(root, "train");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var train = new List<SourceFile>();
        for (var label = 0; label < classes.Count; label++)
        {
            progress?.Report(new StageProgress("listing", label, classes.Count));
            var before = train.Count;
            Add(root, "train", classes[label], label, train, hash, stop);
            if (train.Count == before)
            {
                throw new UserErrorException($"{Path.Combine(root, "train", classes[label])} holds no images ({string.Join(", ", s_extensions)}). Put some there or remove the folder.");
            }
        }

        progress?.Report(new StageProgress("listing", classes.Count, classes.Count));
        if (train.Count == 0)
        {
            throw NoImages(root, "train");
        }

        var val = new List<SourceFile>();
        foreach (var name in ClassFolders(root, "val"))
        {
            var label = classes.BinarySearch(name, StringComparer.Ordinal);
            if (label < 0)
            {
                throw new UserErrorException($"{Path.Combine(root, "val", name)}: train has no class '{name}'.{NearestName.Suggest(name, classes.Take(20))} Add it to train or remove it from val.");
            }

            Add(root, "val", name, label, val, hash, stop);
        }

        return val.Count > 0
            ? new SourceListing(root, classes, train, val, Convert.ToHexStringLower(hash.GetHashAndReset()))
            : throw NoImages(root, "val");
    }

    private static UserErrorException NoImages(string root, string split) =>
        new($"{Path.Combine(root, split)} holds no images. ImageNet's layout is needed: {split}/CLASS/*.JPEG (also .jpg and .png).");

    private static List<string> ClassFolders(string root, string split)
    {
        var names = Directory.EnumerateDirectories(Path.Combine(root, split))
            .Select(folder => Path.GetFileName(folder))
            .Where(name => !name.StartsWith('.'))
            .ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    // Folders and dangling links with an image's name are listed too: reading them fails, and the dataset then says so.
    private static void Add(string root, string split, string name, int label, List<SourceFile> files, IncrementalHash hash, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var entries = new FileSystemEnumerable<Entry>(
            Path.Combine(root, split, name),
            (ref FileSystemEntry entry) => new Entry(entry.FileName.ToString(), entry.Length, entry.LastWriteTimeUtc.UtcTicks),
            new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => IsImage(entry.FileName),
        }.ToList();
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            var path = $"{split}/{name}/{entry.Name}";
            files.Add(new SourceFile(path, label));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{path}\0{entry.Length}\0{entry.Changed}\0")));
        }
    }

    private static bool IsImage(ReadOnlySpan<char> name)
    {
        foreach (var extension in s_extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && name[0] != '.')
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Entry(string Name, long Length, long Changed);
}
