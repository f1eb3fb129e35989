namespace Cgh.Core.Files;

/// <summary>Recognises errors of the system when a file is read or written.</summary>
/// <remarks>
/// A write beyond the size that a file may have, by the file system (4 GB on FAT32) or by a limit of the process, is one of them, but .NET throws an
/// <see cref="ArgumentOutOfRangeException"/> for it, not an <see cref="IOException"/>.
/// </remarks>
public static class WriteError
{
    /// <summary>Why a write beyond the limit fails, as a sentence.</summary>
    internal const string SizeLimit = "The file would be larger than its file system or the limit of the process (ulimit -f) allows.";

    /// <summary>Whether an error is one of the system: of the disk, of permissions, or beyond the limit.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException || IsBeyondLimit(error);

    /// <summary>Whether an error is that of a write beyond the limit.</summary>
    public static bool IsBeyondLimit(Exception error) =>
        error is ArgumentOutOfRangeException && error.Message.StartsWith("Specified file length was too large for the file system.", StringComparison.Ordinal);
}
