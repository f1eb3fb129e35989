using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>A tar of a WebDataset.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Name">Path relative to the source, with '/'.</param>
/// <param name="Split">The split that its folder or its name says; train if neither does.</param>
internal sealed record WebShard(string Path, string Name, Split Split)
{
    private static readonly string[] s_train = ["train", "training"];
    private static readonly string[] s_val = ["val", "valid", "validation"];
    private static readonly string[] s_test = ["test", "testing"];

    /// <summary>Whether a path is a tar, or a folder that has tars instead of folders of images.</summary>
    public static bool Recognizes(string path) => Directory.Exists(path)
        ? !HasImageFolders(path) && Tars(path).Any()
        : ArchiveFile.HasTarName(path) && File.Exists(path);

    /// <summary>The shards in ordinal order of their names, those of train first. Test shards are validation shards if there are no others.</summary>
    public static IReadOnlyList<WebShard> Find(string path, PassedOverList passedOver)
    {
        if (!Directory.Exists(path))
        {
            return [new WebShard(path, System.IO.Path.GetFileName(path), Split.Train)];
        }

        var shards = Tars(path).Select(tar => (Path: tar, Name: System.IO.Path.GetRelativePath(path, tar).Replace('\\', '/')))
            .OrderBy(tar => tar.Name, StringComparer.Ordinal)
            .Select(tar => (tar.Path, tar.Name, Words: SplitWords(tar.Name)))
            .ToList();
        var hasVal = shards.Exists(shard => shard.Words.Any(s_val.Contains));
        var found = new List<WebShard>();
        foreach (var (file, name, words) in shards)
        {
            if (hasVal && words.Any(s_test.Contains))
            {
                passedOver.Add("test shard beside validation shards", name);
            }
            else
            {
                found.Add(new WebShard(file, name, words.Any(s_val.Contains) || words.Any(s_test.Contains) ? Split.Val : Split.Train));
            }
        }

        return [.. found.OrderBy(shard => shard.Split == Split.Val)];
    }

    private static IEnumerable<string> Tars(string folder) => Directory.EnumerateDirectories(folder)
        .Where(inner => SplitWords(System.IO.Path.GetFileName(inner)).Length > 0)
        .Prepend(folder)
        .SelectMany(inner => Directory.EnumerateFiles(inner))
        .Where(file => ArchiveFile.HasTarName(file) && ArchiveNames.ReasonToPassOver(System.IO.Path.GetFileName(file)) is null);

    // Whoever unpacks an archive often keeps it beside the folders.
    private static bool HasImageFolders(string folder) => Directory.EnumerateDirectories(folder)
        .Where(inner => ArchiveNames.ReasonToPassOver(System.IO.Path.GetFileName(inner)) is null)
        .Any(inner => Directory.EnumerateDirectories(inner).Any() || Directory.EnumerateFiles(inner).Any(file => SourceNames.IsImage(file)));

    /// <summary>The words of a name that say a split: those of the folder if it has one, else those of the file.</summary>
    private static string[] SplitWords(string name)
    {
        foreach (var part in name.Split('/'))
        {
            var words = part.ToLowerInvariant().Split([.. part.ToLowerInvariant().Where(c => !char.IsAsciiLetter(c)).Distinct()])
                .Where(word => s_train.Contains(word) || s_val.Contains(word) || s_test.Contains(word))
                .ToArray();
            if (words.Length > 0)
            {
                return words;
            }
        }

        return [];
    }
}
