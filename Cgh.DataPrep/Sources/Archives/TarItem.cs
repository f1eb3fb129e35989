namespace Cgh.DataPrep.Sources.Archives;

/// <summary>What an entry of a tar is. Only files are ever read.</summary>
internal enum TarKind
{
    File,
    Folder,
    Link,
    Device,
    Sparse,
    Unknown,
}

/// <summary>An entry of a tar.</summary>
/// <param name="Name">As it is in the archive. Names label images; nothing is ever written under them.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where its data starts, in bytes from the start of the archive.</param>
/// <param name="Length">Length of its data in bytes.</param>
internal readonly record struct TarItem(string Name, TarKind Kind, long Offset, long Length)
{
    /// <summary>The name without <c>./</c> at its start.</summary>
    public string Path
    {
        get
        {
            var path = Name.AsSpan();
            while (path.StartsWith("./", StringComparison.Ordinal))
            {
                path = path[2..].TrimStart('/');
            }

            return path.Length == Name.Length ? Name : path.ToString();
        }
    }

    /// <summary>Why this is not a file to read: a clause without a full stop. Null for a file.</summary>
    public string? Refusal => Kind switch
    {
        TarKind.Folder => "folder",
        TarKind.Link => "link",
        TarKind.Device => "device or pipe",
        TarKind.Sparse => "sparse file",
        TarKind.Unknown => "unknown kind of entry",
        _ when Name.StartsWith('/') => "absolute name",
        _ when Name.Contains("..", StringComparison.Ordinal) && Name.Split('/', '\\').Contains("..") => "name with '..'",
        _ => null,
    };
}
