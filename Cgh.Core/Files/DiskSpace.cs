namespace Cgh.Core.Files;

/// <summary>Free space of disks.</summary>
public static class DiskSpace
{
    /// <summary>Free bytes of the disk that has a folder, or will have it; null if that is not known.</summary>
    public static long? Free(string folder)
    {
        // The folder may not exist yet; its nearest existing parent is on the same disk.
        var existing = new DirectoryInfo(folder);
        while (!existing.Exists && existing.Parent is { } parent)
        {
            existing = parent;
        }

        try
        {
            return existing.Exists ? new DriveInfo(existing.FullName).AvailableFreeSpace : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
