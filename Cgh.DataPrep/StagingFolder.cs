using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.DataPrep;

/// <summary>
/// A folder in the making: <c>FOLDER.part</c>, renamed to <c>FOLDER</c> when it is complete. It outlives a killed process,
/// and one process at a time can have it.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private readonly string _final;
    private readonly string _lockPath;
    private readonly FileStream _lock;

    private StagingFolder(string final, string path, string lockPath, FileStream @lock)
    {
        _final = final;
        Path = path;
        _lockPath = lockPath;
        _lock = @lock;
    }

    public string Path { get; }

    /// <summary>Where the folder <paramref name="final"/> is prepared.</summary>
    public static string PathFor(string final) => final + ".part";

    /// <summary>Opens the staging folder of <paramref name="final"/>, with what an earlier attempt left in it.</summary>
    /// <param name="final">The folder to be made.</param>
    /// <param name="signature">A file that the earlier attempt wrote first; a folder with content but without it is not ours.</param>
    /// <exception cref="UserErrorException">Another process has it, it is not ours, or it cannot be written.</exception>
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
            throw new UserErrorException($"Cannot write {final}: {AtomicFile.FirstLine(error)} Choose another folder.", error);
        }

        var held = Lock(lockPath, final);
        try
        {
            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() && !File.Exists(System.IO.Path.Combine(path, signature)))
            {
                throw new UserErrorException($"{path}, where {final} is to be prepared, holds something else. Move it away or choose another folder.");
            }

            Directory.CreateDirectory(path);
            return new StagingFolder(final, path, lockPath, held);
        }
        catch
        {
            Release(held, lockPath);
            throw;
        }
    }

    /// <summary>Starts over.</summary>
    public void Clear()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Leaves nothing behind.</summary>
    public void Delete() => Directory.Delete(Path, recursive: true);

    /// <summary>Puts the folder in its place.</summary>
    public void Complete()
    {
        if (Directory.Exists(_final))
        {
            // Only an empty one can be there: callers refuse others before they start.
            Directory.Delete(_final);
        }

        Directory.Move(Path, _final);
    }

    public void Dispose() => Release(_lock, _lockPath);

    private static FileStream Lock(string path, string final)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UserErrorException($"Cannot write {final}: {AtomicFile.FirstLine(error)} Choose another folder.", error);
        }
        catch (IOException error)
        {
            throw new UserErrorException($"Cannot prepare {final}: {AtomicFile.FirstLine(error)} If another process is making it, wait until that has ended.", error);
        }
    }

    private static void Release(FileStream held, string path)
    {
        // Deleted while still held, so that no other process can have taken it in between.
        File.Delete(path);
        held.Dispose();
    }
}
