namespace Cgh.DataPrep.Sources;

/// <summary>What the names of files and folders in a source say about them.</summary>
internal static class SourceNames
{
    private static readonly string[] s_unreadFormats = [".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw"];

    private static readonly string[] s_systemFiles = [".ds_store", "thumbs.db", "desktop.ini"];
    private static readonly string[] s_systemFolders = [".ipynb_checkpoints", "__macosx"];

    /// <summary>Extensions of image files, in lower case; names may have them in any case. The content decides how a file is decoded.</summary>
    public static IReadOnlyList<string> ImageExtensions { get; } = [".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"];

    /// <summary>The extensions as a message lists them.</summary>
    public static string ListedExtensions { get; } = string.Join(' ', ImageExtensions);

    /// <summary>Whether a file's extension is that of an image.</summary>
    public static bool IsImage(ReadOnlySpan<char> name)
    {
        foreach (var extension in ImageExtensions)
        {
            if (name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Why a file whose extension is not listed is passed over.</summary>
    public static string ReasonNoImage(string name) => s_unreadFormats.Contains(Path.GetExtension(name).ToLowerInvariant())
        ? "an image format that is not read (convert to JPEG or PNG)"
        : "not an image file";

    /// <summary>Why a file or folder of this name and everything in it is passed over; null if its name is no reason.</summary>
    /// <param name="name">The name.</param>
    /// <param name="folder">The folder on disk that it is in; null for a name in an archive.</param>
    public static string? ReasonToPassOver(ReadOnlySpan<char> name, string? folder)
    {
        if (name.StartsWith("._") || IsOneOf(name, s_systemFiles) || IsOneOf(name, s_systemFolders))
        {
            return "written by the operating system or an editor";
        }

        if (name[0] == '.')
        {
            return "hidden";
        }

        // files.txt has one name a line.
        if (name.ContainsAny('\n', '\r'))
        {
            return "its name contains a line break";
        }

        // .NET replaces bytes that are not UTF-8 by U+FFFD, and such a name leads nowhere; a name may also hold that character itself.
        return (folder is not null && name.Contains('\uFFFD') && !Path.Exists(Path.Join(folder, name))) || HasLoneSurrogate(name)
            ? "its name is not valid Unicode"
            : null;
    }

    private static bool IsOneOf(ReadOnlySpan<char> name, string[] names)
    {
        foreach (var other in names)
        {
            if (name.Equals(other, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && !(i + 1 < name.Length && char.IsSurrogatePair(name[i], name[++i])))
            {
                return true;
            }
        }

        return false;
    }
}
