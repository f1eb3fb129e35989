namespace Cgh.Core.Files;

/// <summary>Files that are whole or absent: written aside, flushed to the disk, then renamed over the old one.</summary>
public static class AtomicFile
{
    /// <summary>Name of the file that a write to <paramref name="path"/> is prepared in; a leftover one is garbage.</summary>
    public static string TemporaryPath(string path) => path + ".part";

    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>; on any failure the old file stays and no part is left.</summary>
    /// <exception cref="UserErrorException">The disk is full or the folder cannot be written.</exception>
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

            File.Move(temporaryPath, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporaryPath);
            throw new UserErrorException($"Cannot write {path}: {FirstLine(error)} Free space or choose another folder, then run the command again.", error);
        }
        catch
        {
            TryDelete(temporaryPath);
            throw;
        }
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>The first line of an exception's message, closed with a full stop.</summary>
    public static string FirstLine(Exception error)
    {
        var line = error.Message.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        return (end < 0 ? line : line[..end]).TrimEnd('.').ToString() + ".";
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report; a leftover .part is overwritten by the next write.
        }
    }
}
