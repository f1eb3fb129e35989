using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>
/// A folder under construction: <c>FOLDER.part</c>, which is renamed to <c>FOLDER</c> when it is complete. It survives a killed process.
/// A lock file admits one process at a time.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private static readonly TimeSpan s_lockTimeout = TimeSpan.FromSeconds(2);

    private readonly string _final;
    private readonly FileStream _lock;

    private StagingFolder(string final, string path, FileStream @lock)
    {
        _final = final;
        Path = path;
        _lock = @lock;
    }

    /// <summary>Path of the staging folder.</summary>
    public string Path { get; }

    /// <summary>Returns the staging folder of <paramref name="final"/>.</summary>
    public static string PathFor(string final) => final + ".part";

    /// <summary>Opens the staging folder of <paramref name="final"/> with the contents of an earlier attempt, or creates it.</summary>
    /// <param name="final">Path of the completed folder.</param>
    /// <param name="signature">Name of the file that every attempt writes first. A folder that has content but not this file is rejected.</param>
    /// <exception cref="UserErrorException">Another process uses the folder, it has unrelated content, or it cannot be written.</exception>
    public static StagingFolder Open(string final, string signature)
    {
        var path = PathFor(final);
        var lockPath = path + ".lock";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot write {final}: {UserText.FirstLine(error)} Choose another folder.", error);
        }

        var held = Lock(lockPath, final);
        try
        {
            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() && !File.Exists(System.IO.Path.Combine(path, signature)))
            {
                throw new UserErrorException($"{path}, the staging folder of {final}, has unrelated content. Move it or choose another folder.");
            }

            Directory.CreateDirectory(path);
            return new StagingFolder(final, path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Deletes the contents of the staging folder.</summary>
    public void Clear()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Deletes the staging folder.</summary>
    public void Delete() => Directory.Delete(Path, recursive: true);

    /// <summary>Renames the staging folder to its final path.</summary>
    public void Complete() => Complete(_final);

    /// <summary>Renames the staging folder of <paramref name="final"/>.</summary>
    public static void Complete(string final)
    {
        if (Directory.Exists(final))
        {
            // Callers reject a folder with content before they start, so this one is empty.
            Directory.Delete(final);
        }

        SharedFile.MoveFolder(PathFor(final), final);
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Locks a file, which is deleted when the result is disposed. Waits briefly for another process that has locked it.</summary>
    /// <exception cref="UserErrorException">Another process keeps it locked, or it cannot be written.</exception>
    public static FileStream Lock(string path, string final)
    {
        try
        {
            return SharedFile.WaitFor(() => TryLock(path), s_lockTimeout)
                ?? throw new UserErrorException($"Another process is writing {final}. Wait until it ends, then rerun the command.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot write {final}: {UserText.FirstLine(error)} Choose another folder.", error);
        }
    }

    private static FileStream? TryLock(string path)
    {
        // Closing deletes the lock before releasing it, so that this cannot delete another process's lock. Windows cannot delete an open file by name.
        var held = SharedFile.TryLock(path, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (held is null || File.Exists(path))
        {
            return held;
        }

        // Another process has deleted it between opening and locking.
        held.Dispose();
        return null;
    }
}
