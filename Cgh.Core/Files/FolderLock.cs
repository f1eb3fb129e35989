namespace Cgh.Core.Files;

/// <summary>
/// Lets one process at a time write files that belong together to a folder. The lock's file stays: if it were deleted, two processes could hold different
/// files of its name.
/// </summary>
public static class FolderLock
{
    internal const string FileName = ".lock";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Creates the folder, in one that exists, if needed and waits until no other process writes to it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="fileName">Name of the lock's file, for files that others than the folder's own lock protects.</param>
    /// <returns>The lock, which disposing releases, and the end of the process.</returns>
    /// <exception cref="UserErrorException">Another process keeps the lock, or the folder cannot be written.</exception>
    public static IDisposable Take(string folder, string fileName = FileName)
    {
        try
        {
            ChildFolder.Create(folder);
            return SharedFile.WaitFor(() => SharedFile.TryLock(Path.Combine(folder, fileName), FileAccess.ReadWrite, FileShare.None), s_timeout)
                ?? throw new UserErrorException($"Another process is writing to {folder}. Wait until it ends, then rerun the command.");
        }
        catch (DirectoryNotFoundException error)
        {
            throw new UserErrorException($"Cannot write to {folder}: {UserText.FirstLine(error)}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot write to {folder}: {UserText.FirstLine(error)} Make it writable, then rerun the command.", error);
        }
    }
}
