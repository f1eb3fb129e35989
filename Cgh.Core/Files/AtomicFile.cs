namespace Cgh.Core.Files;

/// <summary>Writes files atomically: to a temporary file, which is flushed to disk and then renamed over the old one.</summary>
public static class AtomicFile
{
    /// <summary>Path of the temporary file for <paramref name="path"/>. One that a killed process left behind can be deleted.</summary>
    public static string TemporaryPath(string path) => path + ".part";

    /// <summary>Writes a file through <paramref name="write"/>. On failure the old file is kept and the temporary one deleted.</summary>
    /// <exception cref="UserErrorException">The file cannot be written, such as when the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporaryPath = TemporaryPath(path);
        try
        {
            using (var stream = new FileStream(temporaryPath, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            SharedFile.Replace(temporaryPath, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporaryPath);
            throw new UserErrorException(
                $"Cannot write {path}: {UserText.FirstLine(error)} Free disk space or choose another folder, then rerun the command.", error);
        }
        catch
        {
            TryDelete(temporaryPath);
            throw;
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
}
