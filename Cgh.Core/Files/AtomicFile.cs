namespace Cgh.Core.Files;

/// <summary>
/// Writes files atomically: to a temporary file, which is flushed to disk and then renamed over the old one. Of two processes that write the same file, the
/// second waits for the first.
/// </summary>
public static class AtomicFile
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Path of the temporary file for <paramref name="path"/>. One that a killed process left behind can be deleted.</summary>
    public static string TemporaryPath(string path) => path + ".part";

    /// <summary>Writes a file through <paramref name="write"/>. On failure the old file is kept and the temporary one deleted.</summary>
    /// <exception cref="UserErrorException">The file cannot be written, such as when the disk is full, or another process keeps writing it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporaryPath = TemporaryPath(path);
        try
        {
            using var stream = OpenTemporary(path, temporaryPath);
            try
            {
                write(stream);
                stream.Flush(flushToDisk: true);
                if (OperatingSystem.IsWindows())
                {
                    // Which renames no open file.
                    stream.Dispose();
                }

                // While it is open: another process could otherwise take it for one that was left behind.
                SharedFile.Replace(temporaryPath, path);
            }
            catch
            {
                TryDelete(temporaryPath);
                throw;
            }
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw new UserErrorException(
                $"Cannot write {path}: {UserText.FirstLine(error)} Free disk space or choose another folder, then rerun the command.", error);
        }
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Deletes a temporary file after a failure, if that is possible.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Report the original failure instead. The next write overwrites a leftover temporary file.
        }
    }

    // A file that exists is either being written, or was left behind and is deleted. It is not written to: it may just have been renamed by its writer.
    private static FileStream OpenTemporary(string path, string temporaryPath) =>
        SharedFile.WaitFor(
            () =>
            {
                if (SharedFile.TryCreate(temporaryPath) is { } created)
                {
                    return created;
                }

                SharedFile.TryDeleteUnused(temporaryPath);
                return null;
            },
            s_timeout)
        ?? throw new UserErrorException($"Another process is writing {path}. Wait until it ends, then rerun the command.");
}
