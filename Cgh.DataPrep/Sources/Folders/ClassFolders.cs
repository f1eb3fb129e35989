using Cgh.Core;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>A class of a split and the folders that hold its images: several if only the composition of their letters differs.</summary>
internal sealed record ClassFolder(string Name, IReadOnlyList<string> Folders);

/// <summary>
/// Finds the class folders of a split. A folder that holds images is a class, together with everything in it. A folder that holds only folders groups
/// classes, whose names then are paths such as <c>animals/cat</c>, unless its only folder is named <c>images</c>, as in Tiny ImageNet.
/// </summary>
internal static class ClassFolders
{
    private const string ImagesFolder = "images";
    private const int MaxDepth = 8;

    /// <summary>The classes below a folder, in ordinal order of their names, also those without images.</summary>
    /// <param name="files">The source's files.</param>
    /// <param name="split">Folder of the split relative to the source's root; empty for the root.</param>
    /// <param name="folders">Names of the folders in it to look at.</param>
    /// <exception cref="UserErrorException">Folders are nested too deeply.</exception>
    public static IReadOnlyList<ClassFolder> Find(FolderFiles files, string split, IEnumerable<string> folders)
    {
        var found = new Dictionary<string, (string Name, List<string> Folders)>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            Find(files, FolderFiles.Join(split, folder), folder, found, depth: 1);
        }

        return [.. found.Values.Select(entry => new ClassFolder(entry.Name, entry.Folders)).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    private static void Find(FolderFiles files, string folder, string name, Dictionary<string, (string Name, List<string> Folders)> found, int depth)
    {
        if (depth > MaxDepth || FolderFiles.IsLoop(files.FullPath(folder)))
        {
            throw new UserErrorException(
                $"{files.FullPath(folder)} is nested more than {MaxDepth} folders deep, or a link to a folder above it. Pack a folder closer to the images.");
        }

        var inner = files.Folders(folder, out var holdsImages, untilImage: true);
        if (holdsImages || inner.Count == 0 || inner is [ImagesFolder])
        {
            var key = NameKey.Of(name);
            var entry = found.TryGetValue(key, out var known) ? known : (name, []);
            entry.Folders.Add(folder);
            found[key] = (ClassList.Preferred(entry.Name, name), entry.Folders);
            return;
        }

        files.PassOverFiles(folder, imageReason: null);
        foreach (var next in inner)
        {
            Find(files, FolderFiles.Join(folder, next), $"{name}/{next}", found, depth + 1);
        }
    }
}
