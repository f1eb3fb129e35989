using System.Formats.Tar;
using System.IO.Compression;
using Cgh.DataPrep.Sources.Cifar;

namespace Cgh.DataPrep.Tests.Sources.Cifar;

/// <summary>Makes small sets with the structure of CIFAR's: three images in each file, the same ones in the binary and the Python form.</summary>
internal static class CifarFiles
{
    public const int PerFile = 3;

    /// <summary>Planes of an image of noise.</summary>
    public static byte[] Pixels(int file, int image)
    {
        var pixels = new byte[CifarBatch.ImageBytes];
        new Random((file * 100) + image).NextBytes(pixels);
        return pixels;
    }

    /// <summary>A label; those of the last file are also in the one before.</summary>
    public static int Label(int file, int image, int classes) => ((file / 2 * 7) + (image * 3)) % classes;

    public static CifarLayout Layout(string set, string form) => CifarLayout.All.Single(layout => layout.Set == set && layout.Form == form);

    /// <summary>The files of a layout by name.</summary>
    public static Dictionary<string, byte[]> Make(CifarLayout layout)
    {
        var files = layout.ImageFiles.Select((name, index) => (name, index)).ToDictionary(file => file.name, file => Batch(layout, file.index));
        foreach (var kinds in layout.Labels.GroupBy(labels => labels.NamesFile))
        {
            files[kinds.Key] = layout.IsPickle
                ? CifarPickleWriter.Dictionary([.. kinds.Select(kind => (kind.NamesKey, Names(kind)))])
                : System.Text.Encoding.ASCII.GetBytes(string.Concat(ClassNames(kinds.Single().Classes).Select(name => $"{name}\n")) + "\n");
        }

        return files;

        static Func<CifarPickleWriter, CifarPickleWriter> Names(CifarLabels kind) => pickle => pickle.Texts(ClassNames(kind.Classes));
    }

    public static IEnumerable<string> ClassNames(int classes) => Enumerable.Range(0, classes).Select(label => $"class {label} of {classes}");

    /// <summary>Writes the unpacked folder and returns its path.</summary>
    public static string WriteFolder(string parent, CifarLayout layout)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, layout.Folder)).FullName;
        foreach (var (name, bytes) in Make(layout))
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        }

        return folder;
    }

    /// <summary>Writes the archive as downloaded, whose files are in no particular order, and returns its path.</summary>
    public static string WriteArchive(string parent, CifarLayout layout)
    {
        var path = Path.Combine(parent, layout.Archive);
        File.WriteAllBytes(path, Archive(layout.Folder, Make(layout).Append(new("readme.html", "<html>"u8.ToArray())).Reverse()));
        return path;
    }

    public static byte[] Archive(string folder, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Gnu))
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.Directory, folder + "/"));
            foreach (var (name, bytes) in files)
            {
                tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, $"{folder}/{name}") { DataStream = new MemoryStream(bytes) });
            }
        }

        return archive.ToArray();
    }

    private static byte[] Batch(CifarLayout layout, int file)
    {
        var images = Enumerable.Range(0, PerFile).ToList();
        return layout.IsPickle
            ? CifarPickleWriter.Dictionary(
            [
                ("batch_label", pickle => pickle.Text($"batch {file}")),
                .. layout.Labels.Select(kind => (kind.Key, (Func<CifarPickleWriter, CifarPickleWriter>)(pickle => pickle.Numbers(Labels(kind.Classes))))),
                ("data", pickle => pickle.Array([.. images.SelectMany(image => Pixels(file, image))], PerFile, CifarBatch.ImageBytes)),
                ("filenames", pickle => pickle.Texts(images.Select(image => $"image_{image}.png"))),
            ])
            : [.. images.SelectMany(image => layout.Labels.Select(kind => (byte)Label(file, image, kind.Classes)).Concat(Pixels(file, image)))];

        IEnumerable<int> Labels(int classes) => images.Select(image => Label(file, image, classes));
    }
}
