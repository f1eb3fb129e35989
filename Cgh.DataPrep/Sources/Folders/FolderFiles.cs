using System.IO.Enumeration;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>A file of a source.</summary>
/// <param name="Path">Relative to the source's root, with '/'.</param>
/// <param name="Length">Its length in bytes; that of the link if it is one.</param>
/// <param name="Changed">When its content changed, in ticks.</param>
internal readonly record struct FolderFile(string Path, long Length, long Changed)
{
    /// <summary>Name of the file, without folders.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>Lists the image files of a folder and records what it passes over. Follows links to folders.</summary>
/// <param name="root">The source's root.</param>
/// <param name="passedOver">Receives the other files.</param>
/// <param name="cancellationToken">Cancels listing.</param>
internal sealed class FolderFiles(string root, PassedOverList passedOver, CancellationToken cancellationToken)
{
    /// <summary>Deeper folders are passed over: only links nest images that deeply.</summary>
    private const int MaxDepth = 16;

    private static readonly EnumerationOptions s_everything = new() { IgnoreInaccessible = false, AttributesToSkip = 0 };

    /// <summary>The source's root.</summary>
    public string Root => root;

    /// <summary>What has been passed over.</summary>
    public PassedOverList PassedOver => passedOver;

    /// <summary>Files whose content the source uses, or that describe the images: they are no images and not passed over either.</summary>
    public IReadOnlyCollection<string> Known { get; init; } = [];

    /// <summary>Path of a folder on disk.</summary>
    /// <param name="folder">Relative to the root, with '/'; empty for the root.</param>
    public string FullPath(string folder) => folder.Length == 0 ? root : System.IO.Path.Combine(root, folder);

    /// <summary>Relative path of something in a folder.</summary>
    public static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    /// <summary>Names of the folders in a folder, in ordinal order, without those that are always passed over.</summary>
    /// <param name="folder">Relative to the root.</param>
    /// <param name="holdsImages">Whether the folder itself holds an image. The names are incomplete then, if <paramref name="untilImage"/>.</param>
    /// <param name="untilImage">Whether to stop at the first image: most class folders hold thousands.</param>
    public List<string> Folders(string folder, out bool holdsImages, bool untilImage = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var full = FullPath(folder);
        var names = new List<string>();
        holdsImages = false;
        foreach (var entry in Entries(full))
        {
            if (SourceNames.ReasonToPassOver(entry.Name, full) is not null)
            {
                continue;
            }

            if (entry.IsFolder)
            {
                names.Add(entry.Name);
            }
            else if (SourceNames.IsImage(entry.Name))
            {
                holdsImages = true;
                if (untilImage)
                {
                    break;
                }
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>
    /// Adds the images in a folder and in all folders within it. Folders and dangling links with an image's name are images, too: reading them fails, and
    /// the dataset then says so.
    /// </summary>
    /// <returns>How many of them are in folders within the folder.</returns>
    public int AddImages(string folder, List<FolderFile> images) => AddImages(folder, images, depth: 0);

    /// <summary>Records the files directly in a folder as passed over if they are no images, and images in it for a reason of the caller's.</summary>
    /// <param name="folder">Relative to the root.</param>
    /// <param name="imageReason">Why images here are passed over; null not to record them.</param>
    public void PassOverFiles(string folder, string? imageReason)
    {
        var full = FullPath(folder);
        foreach (var entry in Entries(full))
        {
            if (SourceNames.ReasonToPassOver(entry.Name, full) is { } reason)
            {
                PassOver(folder, entry, reason);
            }
            else if (!entry.IsFolder && (SourceNames.IsImage(entry.Name) ? imageReason : SourceNames.ReasonNoImage(entry.Name)) is { } fileReason)
            {
                PassOver(folder, entry, fileReason);
            }
        }
    }

    /// <summary>Records everything below a folder as passed over.</summary>
    public void PassOverFolder(string folder, string reason)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = passedOver.Count;
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, AttributesToSkip = FileAttributes.ReparsePoint };
        var full = FullPath(folder);
        if (Directory.Exists(full))
        {
            foreach (var file in Directory.EnumerateFiles(full, "*", options))
            {
                passedOver.Add(reason, System.IO.Path.GetRelativePath(root, file).Replace(System.IO.Path.DirectorySeparatorChar, '/'));
            }
        }

        if (passedOver.Count == before)
        {
            passedOver.Add(reason, folder + "/");
        }
    }

    private int AddImages(string folder, List<FolderFile> images, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var full = FullPath(folder);
        var nested = 0;
        foreach (var entry in Entries(full))
        {
            if (SourceNames.ReasonToPassOver(entry.Name, full) is { } reason)
            {
                PassOver(folder, entry, reason);
            }
            else if (SourceNames.IsImage(entry.Name))
            {
                images.Add(new FolderFile(Join(folder, entry.Name), entry.Length, entry.Changed));
                nested += depth > 0 ? 1 : 0;
            }
            else if (!entry.IsFolder)
            {
                PassOver(folder, entry, SourceNames.ReasonNoImage(entry.Name));
            }
            else if (depth == MaxDepth || IsLoop(System.IO.Path.Join(full, entry.Name)))
            {
                passedOver.Add("nested too deeply, or a link to a folder above it", Join(folder, entry.Name) + "/");
            }
            else
            {
                nested += AddImages(Join(folder, entry.Name), images, depth + 1);
            }
        }

        return nested;
    }

    /// <summary>Whether a folder is a link to one that it is in.</summary>
    public static bool IsLoop(string folder)
    {
        var target = Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName;
        for (var above = System.IO.Path.GetDirectoryName(folder); target is not null && above is not null; above = System.IO.Path.GetDirectoryName(above))
        {
            if (target == (Directory.ResolveLinkTarget(above, returnFinalTarget: true)?.FullName ?? above))
            {
                return true;
            }
        }

        return false;
    }

    private void PassOver(string folder, Entry entry, string reason)
    {
        if (entry.IsFolder)
        {
            PassOverFolder(Join(folder, entry.Name), reason);
        }
        else if (!Known.Contains(Join(folder, entry.Name)))
        {
            passedOver.Add(reason, Join(folder, entry.Name));
        }
    }

    private static FileSystemEnumerable<Entry> Entries(string folder) => new(
        folder,
        (ref FileSystemEntry entry) => new Entry(entry.FileName.ToString(), entry.IsDirectory, entry.Length, entry.LastWriteTimeUtc.UtcTicks),
        s_everything);

    private readonly record struct Entry(string Name, bool IsFolder, long Length, long Changed);
}
