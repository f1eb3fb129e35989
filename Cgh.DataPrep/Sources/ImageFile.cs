using Cgh.Images;

namespace Cgh.DataPrep.Sources;

/// <summary>An image in a file of its own.</summary>
internal static class ImageFile
{
    /// <summary>Opens the file; an empty stream if it is not a regular file.</summary>
    /// <exception cref="UnreadableImageException">It is a folder, or a link that leads nowhere.</exception>
    /// <exception cref="IOException">The machine is at fault: too many open files, a disk or a share that fails, a file that has been deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static Stream Open(string path)
    {
        try
        {
            // Pipes and devices have length 0. Opening a pipe would block until it has a writer.
            return (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)) is FileInfo { Length: 0 }
                ? Stream.Null
                : new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && Directory.Exists(path))
        {
            throw new UnreadableImageException("is a folder");
        }
        catch (IOException) when (IsBrokenLink(path))
        {
            throw new UnreadableImageException("broken link");
        }
    }

    private static bool IsBrokenLink(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) is { Exists: false };
        }
        catch (IOException)
        {
            // Links that lead to each other. A file that is gone cannot be resolved either, but it is no link.
            return new FileInfo(path).LinkTarget is not null;
        }
    }
}
