namespace Cgh.AppHost.Infrastructure;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>Path of the program: a path as it is, a name in the folders of <paramref name="path"/>; null if not found.</summary>
    /// <param name="program">Name or path of the program.</param>
    /// <param name="path">The folders, as in the environment variable PATH.</param>
    public static string? Find(string program, string? path)
    {
        string[] names = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? [$"{program}.exe", $"{program}.cmd"] : [program];
        var folders = program == Path.GetFileName(program)
            ? (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            : [Environment.CurrentDirectory];
        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
