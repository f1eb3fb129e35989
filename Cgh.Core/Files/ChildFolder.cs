namespace Cgh.Core.Files;

/// <summary>
/// Creates a folder in one that exists. While a share is not mounted, <see cref="Directory.CreateDirectory(string)"/> would create the whole path on the
/// local disk, where the share's mount then hides what was written.
/// </summary>
public static class ChildFolder
{
    /// <summary>Creates the folder if it does not exist.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder that it belongs to does not exist.</exception>
    public static void Create(string path)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)));
        if (parent is not null && !Directory.Exists(parent))
        {
            throw new DirectoryNotFoundException($"{parent} does not exist. If it is on a network share, mount the share.");
        }

        Directory.CreateDirectory(path);
    }
}
