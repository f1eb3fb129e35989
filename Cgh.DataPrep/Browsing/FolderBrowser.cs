using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Browsing;

/// <summary>Lists the folders and sources below the allowed folders.</summary>
internal sealed class FolderBrowser(SourceRoots roots)
{
    private const int MaxEntries = 500;

    // A folder of a million images must not be read to its end.
    private const int MaxRead = 20_000;

    /// <exception cref="UserErrorException">The folder is not allowed or cannot be read.</exception>
    public FolderListing List(string? path)
    {
        if (path is null)
        {
            return new FolderListing { Entries = [.. roots.Existing().Select(root => new FolderEntry(root, root, IsFolder: true))] };
        }

        var folder = roots.Resolve(path);
        if (!Directory.Exists(folder))
        {
            throw UserErrorException.NotFound($"{folder} is not a folder.");
        }

        try
        {
            return List(new DirectoryInfo(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {folder}: {UserText.FirstLine(error)}", error);
        }
    }

    private FolderListing List(DirectoryInfo folder)
    {
        var parent = folder.Parent?.FullName;
        var all = folder.EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith('.')).Take(MaxRead + 1).ToList();
        var entries = all.Take(MaxRead)
            .Where(entry => !entry.Name.Any(char.IsControl))
            .Where(IsAllowed)
            .Select(entry => new FolderEntry(entry.Name, entry.FullName, Directory.Exists(entry.FullName)))
            .Where(entry => entry.IsFolder || ImageSources.All.Any(format => format.Recognizes(entry.Path)))
            .Take(MaxEntries + 1)
            .ToList();
        return new FolderListing
        {
            Path = folder.FullName,
            Parent = parent is not null && roots.IsAllowed(parent) ? parent : null,
            Entries = [.. entries.Take(MaxEntries).OrderByDescending(entry => entry.IsFolder).ThenBy(entry => entry.Name, StringComparer.Ordinal)],
            HasMore = all.Count > MaxRead || entries.Count > MaxEntries,
        };
    }

    // Links that lead out are not offered.
    private bool IsAllowed(FileSystemInfo entry)
    {
        try
        {
            return entry.LinkTarget is null || (RealPath.Of(entry.FullName) is { } found && roots.IsAllowed(found));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
