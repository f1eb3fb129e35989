namespace Cgh.Core.Files;

/// <summary>
/// Recognises a write beyond the size that a file may have, by the file system (4 GB on FAT32) or by a limit of the process. .NET throws an
/// <see cref="ArgumentOutOfRangeException"/> for it, not an <see cref="IOException"/>.
/// </summary>
public static class FileSizeLimit
{
    /// <summary>The reason, as a sentence.</summary>
    public const string Reason = "The file would be larger than its file system or the limit of the process (ulimit -f) allows.";

    /// <summary>Whether an error is that of a write beyond the limit.</summary>
    public static bool IsExceeded(Exception error) =>
        error is ArgumentOutOfRangeException && error.Message.StartsWith("Specified file length was too large for the file system.", StringComparison.Ordinal);
}
