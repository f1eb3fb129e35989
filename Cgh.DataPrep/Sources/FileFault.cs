using System.IO.Compression;
using Cgh.Core;
using Cgh.DataPrep.Sources.Archives;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// Tells errors of a file's content from those of the machine: a source on a disk or a share that fails must not be taken for one of another kind.
/// </summary>
internal static class FileFault
{
    /// <summary>Whether an error says that a file is something else, is damaged, or may not be read.</summary>
    public static bool IsOfTheFile(Exception error) => error switch
    {
        ArchiveException or InvalidDataException or EndOfStreamException or UnauthorizedAccessException => true,
        UserErrorException => error.InnerException is null || IsOfTheFile(error.InnerException),
        IOException => IsOfDeflate(error),
        _ => error is FormatException,
    };

    /// <summary>Whether an error is of the library that decompresses: its own exception, which is an IOException, is internal to its assembly.</summary>
    public static bool IsOfDeflate(Exception error) =>
        error is InvalidDataException || (error is IOException && error.GetType().Assembly == typeof(ZLibStream).Assembly);
}
