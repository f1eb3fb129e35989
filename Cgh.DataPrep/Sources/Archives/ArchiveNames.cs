namespace Cgh.DataPrep.Sources.Archives;

/// <summary>What names in archives mean.</summary>
internal static class ArchiveNames
{
    /// <summary>Why a file is passed over because of its name or that of a folder it is in; null if they are no reason.</summary>
    public static string? ReasonToPassOver(ReadOnlySpan<char> path)
    {
        foreach (var part in path.Split('/'))
        {
            if (path[part] is { Length: > 0 } name && SourceNames.ReasonToPassOver(name, folder: null) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }
}
