using Cgh.Core;
using Cgh.Images;

namespace Cgh.DataPrep.Sources;

/// <summary>An image in a file of its own.</summary>
internal static class ImageFile
{
    /// <summary>Opens the file; an empty stream if it is not a regular file.</summary>
    /// <exception cref="UnreadableImageException">It cannot be opened.</exception>
    public static Stream Open(string path)
    {
        try
        {
            // Pipes and devices have length 0. Opening a pipe would block until it has a writer.
            return (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)) is FileInfo { Length: 0 }
                ? Stream.Null
                : new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableImageException(error switch
            {
                _ when Directory.Exists(path) => "is a folder",
                FileNotFoundException or DirectoryNotFoundException => "broken link",
                UnauthorizedAccessException => "access denied",
                _ => $"cannot be read: {UserText.FirstLine(error).TrimEnd('.')}",
            });
        }
    }
}
