namespace Cgh.DataPrep.Sources.Archives;

/// <summary>What names in archives mean.</summary>
internal static class ArchiveNames
{
    private static readonly string[] s_imageExtensions = [".jpeg", ".jpg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    /// <summary>Whether a file has the extension of an image.</summary>
    public static bool IsImage(ReadOnlySpan<char> name)
    {
        foreach (var extension in s_imageExtensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a file was made by an operating system or a program for itself, such as <c>.DS_Store</c>.</summary>
    public static bool IsIgnored(ReadOnlySpan<char> path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.StartsWith(".") || name.Equals("Thumbs.db", StringComparison.OrdinalIgnoreCase);
    }
}
