using Cgh.Images;

namespace Cgh.DataPrep.Sources;

/// <summary>An image in a file of its own.</summary>
internal static class ImageFile
{
    /// <summary>Opens the file; an empty stream if it is not a regular file.</summary>
    /// <exception cref="UnreadableImageException">It is a folder, or a link to a file that does not exist.</exception>
    /// <exception cref="IOException">
    /// The machine is at fault: too many open files, a disk or a share that fails, a file that has been deleted, a link into a folder that does not exist.
    /// </exception>
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
        catch (IOException) when (IsBrokenLink(path, out var missing))
        {
            throw missing is null
                ? new UnreadableImageException("broken link")
                : new DirectoryNotFoundException($"It is a link into {missing}, which does not exist: mount it, or remove the link.");
        }
    }

    // A share that is not mounted lacks the folder, too, and says nothing about the image.
    private static bool IsBrokenLink(string path, out string? missingFolder)
    {
        missingFolder = null;
        try
        {
            if (File.ResolveLinkTarget(path, returnFinalTarget: true) is not { Exists: false } target)
            {
                return false;
            }

            missingFolder = Path.GetDirectoryName(target.FullName) is { } folder && !Directory.Exists(folder) ? folder : null;
            return true;
        }
        catch (IOException)
        {
            // Links that lead to each other. A file that is gone cannot be resolved either, but it is no link.
            return new FileInfo(path).LinkTarget is not null;
        }
    }
}
