namespace Cgh.DataPrep.Sources.Archives;

/// <summary>A file in a tar.</summary>
internal readonly record struct ArchivedFile(string Path, long Offset, long Length)
{
    /// <summary>The name without folders and extension.</summary>
    public string Stem => System.IO.Path.GetFileNameWithoutExtension(Path);
}

/// <summary>Lists the files of a tar as an unpacked folder would have them.</summary>
/// <param name="passedOver">Receives every other entry.</param>
internal sealed class TarListing(PassedOverList passedOver)
{
    // Larger than any photo, and small enough to hold one on each thread.
    private const long MaxImageBytes = 1 << 28;

    /// <summary>The images in ordinal order of their names.</summary>
    /// <param name="content">The tar.</param>
    /// <param name="prefix">What comes before a name when it is reported.</param>
    /// <param name="cancellationToken">Cancels listing.</param>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    public List<ArchivedFile> Images(Stream content, string prefix, CancellationToken cancellationToken) => Files(content, prefix, item =>
        !SourceNames.IsImage(item.Path) ? SourceNames.ReasonNoImage(item.Path)
        : item.Length > MaxImageBytes ? $"larger than {MaxImageBytes >> 20} MB"
        : null, cancellationToken);

    /// <summary>The tars in ordinal order of their names.</summary>
    /// <inheritdoc cref="Images" />
    public List<ArchivedFile> Tars(Stream content, CancellationToken cancellationToken) => Files(content, "", item =>
        item.Path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? null : "not the archive of a class", cancellationToken);

    private List<ArchivedFile> Files(Stream content, string prefix, Func<TarItem, string?> refusal, CancellationToken cancellationToken)
    {
        var files = new List<ArchivedFile>();
        var walker = new TarWalker(content);
        while (walker.Next() is { } item)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((item.Refusal ?? ArchiveNames.ReasonToPassOver(item.Path) ?? refusal(item)) is not { } reason)
            {
                files.Add(new ArchivedFile(item.Path, item.Offset, item.Length));
            }
            else if (item.Kind != TarKind.Folder)
            {
                passedOver.Add(reason, prefix + item.Path);
            }
        }

        return WithoutReplaced(files, prefix);
    }

    // Unpacking writes a later entry of the same name over an earlier one.
    private List<ArchivedFile> WithoutReplaced(List<ArchivedFile> files, string prefix)
    {
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path) is var order and not 0 ? order : a.Offset.CompareTo(b.Offset));
        var kept = 0;
        for (var i = 0; i < files.Count; i++)
        {
            if (i + 1 < files.Count && files[i].Path == files[i + 1].Path)
            {
                passedOver.Add("replaced by a later entry of the same name", prefix + files[i].Path);
            }
            else
            {
                files[kept++] = files[i];
            }
        }

        files.RemoveRange(kept, files.Count - kept);
        return files;
    }
}
