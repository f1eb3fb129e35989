using System.Diagnostics;

namespace Cgh.Core.Files;

/// <summary>
/// Reads, replaces and moves files that other processes use at the same time. On Unix this always works. Windows rejects replacing or moving a
/// file that is open, even in a virus scanner, and opening one that is being replaced, so there each operation is retried for a second.
/// </summary>
public static class SharedFile
{
    private const int MaxAttempts = 40;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(25);

    /// <summary>Reads a text file that may be replaced or appended to meanwhile. A pipe or device has no text.</summary>
    /// <exception cref="UserErrorException">The file is longer than <see cref="UntrustedFile.MaxTextBytes"/>.</exception>
    public static string ReadText(string path) => Retry(
        () =>
        {
            if (UntrustedFile.HasNoLength(path))
            {
                return "";
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return UntrustedFile.ReadText(stream, path);
        },
        OperatingSystem.IsWindows());

    /// <summary>As <see cref="ReadText"/>, of at most the last <paramref name="length"/> bytes.</summary>
    public static string ReadEnd(string path, int length) => Retry(
        () =>
        {
            if (UntrustedFile.HasNoLength(path))
            {
                return "";
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            stream.Seek(-Math.Min(length, stream.Length), SeekOrigin.End);
            var end = new byte[length];
            return System.Text.Encoding.UTF8.GetString(end, 0, stream.ReadAtLeast(end, length, throwOnEndOfStream: false));
        },
        OperatingSystem.IsWindows());

    /// <summary>Renames a file, replacing the target if it exists.</summary>
    public static void Replace(string from, string to) => Retry(
        () =>
        {
            File.Move(from, to, overwrite: true);
            return true;
        },
        OperatingSystem.IsWindows());

    /// <summary>Renames a folder; the target must not exist.</summary>
    public static void MoveFolder(string from, string to) => Retry(
        () =>
        {
            Directory.Move(from, to);
            return true;
        },
        OperatingSystem.IsWindows());

    /// <summary>Opens a file, creating it if needed, so that other processes can open it only as <paramref name="share"/> allows.</summary>
    /// <returns>Null if another process holds it.</returns>
    public static FileStream? TryLock(string path, FileAccess access, FileShare share, FileOptions options = FileOptions.None)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 1, options);
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
    }

    /// <summary>Tries until there is a result, or for <paramref name="timeout"/>: whoever holds a file does not say when it is free.</summary>
    /// <returns>Null if there was none.</returns>
    public static T? WaitFor<T>(Func<T?> attempt, TimeSpan timeout)
        where T : class
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < timeout; Thread.Sleep(s_retryDelay))
        {
            if (attempt() is { } result)
            {
                return result;
            }
        }

        return null;
    }

    /// <summary>Creates a file that other processes can read, and rename, but not delete with <see cref="TryDeleteUnused"/>. A link is followed.</summary>
    /// <returns>Null if there is a file already.</returns>
    internal static FileStream? TryCreate(string path)
    {
        try
        {
            var mode = new FileInfo(path).LinkTarget is null ? FileMode.CreateNew : FileMode.Create;
            return new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        }
        catch (IOException error) when (IsHeld(error) || IsThere(error))
        {
            return null;
        }
    }

    /// <summary>Deletes a file that no process has open. Network file systems without locks do not know.</summary>
    internal static void TryDeleteUnused(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is FileNotFoundException || (error is IOException held && IsHeld(held)))
        {
            // It has been renamed or deleted meanwhile, or is open.
        }
    }

    /// <summary>Runs <paramref name="action"/>. On Windows, retries while the error says that a file is in use.</summary>
    internal static T Retry<T>(Func<T> action, bool onWindows, Action? wait = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return action();
            }
            catch (Exception error) when (onWindows && attempt < MaxAttempts && IsInUse(error))
            {
                (wait ?? Wait)();
            }
        }
    }

    // EAGAIN of flock, which .NET reports with the error number as HResult (11 on Linux, 35 on macOS), and Windows's ERROR_SHARING_VIOLATION.
    private static bool IsHeld(IOException error) => unchecked((uint)error.HResult) is 11 or 35 or 0x80070020;

    // EEXIST and ERROR_FILE_EXISTS.
    private static bool IsThere(IOException error) => unchecked((uint)error.HResult) is 17 or 0x80070050;

    // Windows has no event for a file being closed.
    private static void Wait() => Thread.Sleep(s_retryDelay);

    // ERROR_ACCESS_DENIED (replacing an open file; an IOException when a folder is moved), ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
    private static bool IsInUse(Exception error) =>
        error is UnauthorizedAccessException || unchecked((uint)error.HResult) is 0x80070005 or 0x80070020 or 0x80070021;
}
