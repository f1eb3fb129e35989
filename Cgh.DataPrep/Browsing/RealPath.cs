namespace Cgh.DataPrep.Browsing;

/// <summary>Paths without links.</summary>
internal static class RealPath
{
    // As Linux: more can only be a loop.
    private const int MaxLinks = 40;

    /// <summary>Replaces every link in an absolute path by its target; null if it does not exist, or links form a loop.</summary>
    /// <exception cref="IOException">A part of it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A part of it cannot be read.</exception>
    public static string? Of(string path)
    {
        var root = Path.GetPathRoot(path)!;
        var resolved = root;
        var links = 0;
        var left = new Stack<string>(Parts(path[root.Length..]).Reverse());
        while (left.TryPop(out var part))
        {
            if (part == "..")
            {
                // Of what the link before it leads to, as the system resolves it.
                resolved = Path.GetDirectoryName(resolved) ?? root;
                continue;
            }

            var next = Path.Combine(resolved, part);
            FileSystemInfo entry = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (entry.LinkTarget is { } target)
            {
                if (++links > MaxLinks)
                {
                    return null;
                }

                if (Path.IsPathFullyQualified(target))
                {
                    root = Path.GetPathRoot(target)!;
                    resolved = root;
                    target = target[root.Length..];
                }

                foreach (var step in Parts(target).Reverse())
                {
                    left.Push(step);
                }
            }
            else if (entry.Exists)
            {
                resolved = next;
            }
            else
            {
                return null;
            }
        }

        return resolved;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
