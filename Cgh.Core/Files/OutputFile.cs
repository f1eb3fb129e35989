namespace Cgh.Core.Files;

/// <summary>A file that a user names for output: follows links, and writes into pipes and devices instead of replacing them.</summary>
public static class OutputFile
{
    /// <summary>Checks, before hours of work, that a path can be a file to write.</summary>
    /// <param name="path">The path.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="UserErrorException">It is a folder, or its folder does not exist.</exception>
    public static void Check(string path, string option)
    {
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Target(path))))
        {
            throw UserErrorException.Usage($"{option}: {path} is a folder, or its folder does not exist. Give the path of a file in an existing folder.");
        }
    }

    /// <summary>Writes it: atomically, unless it is there without content, as pipes and devices are.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Target(path);
        if (!File.Exists(target) || new FileInfo(target).Length > 0)
        {
            AtomicFile.Write(target, write);
            return;
        }

        try
        {
            using var stream = new FileStream(target, FileMode.Open, FileAccess.Write);
            write(stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot write {path}: {UserText.FirstLine(error)} Choose another file, then rerun the command.", error);
        }
    }

    private static string Target(string path) => Path.GetFullPath(
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : path);
}
