using System.Collections.Concurrent;

namespace Cgh.RunStore;

/// <summary>Files and folders that rebuilds of the run store could not read. Rebuilds are repeated; each path is logged only once.</summary>
public sealed class SkippedFiles
{
    private readonly ConcurrentDictionary<string, bool> _paths = new(StringComparer.Ordinal);

    /// <summary>Adds a path; false if it was skipped before.</summary>
    public bool Add(string path) => _paths.TryAdd(path, true);
}
