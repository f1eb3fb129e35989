using Cgh.Core;
using Cgh.DataPrep.Sources.Archives;
using Cgh.DataPrep.Sources.Idx;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>Reads the files of a set into memory: 180 MB, from a folder or from the archive as downloaded, which is never unpacked.</summary>
internal static class CifarArchive
{
    private const string NotOneOf = "not one of CIFAR's files of images, labels and names";

    // The largest set has 186 MB. This bounds memory and time for an archive that holds something else.
    private const int MaxBytes = 256 << 20;

    /// <summary>Which set an archive holds, by its first entry; null if it is none.</summary>
    public static CifarLayout? LayoutOf(string path)
    {
        try
        {
            using var archive = ArchiveFile.Open(path);
            using var content = archive.OpenContent();
            var folder = new TarWalker(content).Next()?.Path.Split('/')[0];
            return CifarLayout.All.FirstOrDefault(layout => layout.Folder == folder);
        }
        catch (Exception error) when (FileFault.IsOfTheFile(error))
        {
            return null;
        }
    }

    /// <summary>Reads the files of the layout, by name. Files that are missing are left out.</summary>
    /// <param name="place">Where they are.</param>
    /// <param name="passedOver">Receives the names of other files.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="UserErrorException">The archive or a file cannot be read, or is larger than any of CIFAR's.</exception>
    public static Dictionary<string, byte[]> Read(CifarPlace place, PassedOverList passedOver, CancellationToken cancellationToken) => ArchiveFile.Reading(
        place.Path,
        () => Directory.Exists(place.Path) ? ReadFolder(place, passedOver) : ReadArchive(place, passedOver, cancellationToken));

    private static Dictionary<string, byte[]> ReadFolder(CifarPlace place, PassedOverList passedOver)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var left = (long)MaxBytes;
        foreach (var path in Directory.EnumerateFiles(place.Path).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!place.Layout.Files.Contains(name))
            {
                passedOver.Add(NotOneOf, name);
                continue;
            }

            using var stream = ImageFile.Open(path);
            left -= stream.Length;
            var bytes = new byte[left < 0 ? throw TooLarge() : stream.Length];
            stream.ReadExactly(bytes);
            files.Add(name, bytes);
        }

        return files;
    }

    private static Dictionary<string, byte[]> ReadArchive(CifarPlace place, PassedOverList passedOver, CancellationToken cancellationToken)
    {
        var wanted = place.Layout.Files.ToHashSet(StringComparer.Ordinal);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var archive = ArchiveFile.Open(place.Path);
        using var content = archive.OpenContent();
        var walker = new TarWalker(content);
        var left = (long)MaxBytes;
        while (walker.Next() is { } item)
        {
            cancellationToken.ThrowIfCancellationRequested();
            left -= item.Length;
            if (left < 0)
            {
                throw TooLarge();
            }

            // Only base names count, so an entry's folder cannot lead anywhere.
            var name = item.Name.Split('/')[^1];
            if (item.Kind == TarKind.Folder)
            {
                continue;
            }

            if (item.Refusal is not null || !wanted.Contains(name))
            {
                passedOver.Add(item.Refusal ?? NotOneOf, item.Name);
            }
            else if (item.Length > archive.Length * IdxFile.MaxCompression)
            {
                throw ArchiveException.Damaged($"is truncated: it is too small for {name}");
            }
            else if (!files.TryAdd(name, walker.ReadData()))
            {
                throw new ArchiveException($"has two entries {name}");
            }
        }

        return files;
    }

    private static ArchiveException TooLarge() => new($"holds more than the {MaxBytes >> 20} MiB that any of CIFAR's sets can have");
}
