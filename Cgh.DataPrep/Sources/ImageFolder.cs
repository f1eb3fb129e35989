using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using IoPath = System.IO.Path;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// A folder in ImageNet's layout: <c>train/CLASS/NAME.JPEG</c> and <c>val/CLASS/NAME.JPEG</c>. Classes are the folders of <c>train</c> in ordinal order,
/// and files are in ordinal order within their class: an image's index in the dataset depends only on names.
/// </summary>
internal sealed class ImageFolder : IImageSource
{
    private static readonly string[] s_extensions = [".jpeg", ".jpg", ".png"];

    private readonly IReadOnlyList<Listed> _train;
    private readonly IReadOnlyList<Listed> _val;

    private ImageFolder(string path, IReadOnlyList<string> classes, IReadOnlyList<Listed> train, IReadOnlyList<Listed> val, string fingerprint)
    {
        Path = path;
        Classes = classes;
        Fingerprint = fingerprint;
        _train = train;
        _val = val;
    }

    /// <summary>The entry in <see cref="ImageSources"/>. It recognizes every folder, so that its errors say what a folder lacks.</summary>
    public static ImageSourceFormat Format { get; } = new("Folder with train/CLASS/*.JPEG and val/CLASS/*.JPEG (also .jpg and .png).", Directory.Exists, Open);

    public string Path { get; }

    public IReadOnlyList<string> Classes { get; }

    /// <summary>SHA-256 over all paths, lengths and times of change.</summary>
    public string Fingerprint { get; }

    public bool IsSequential => false;

    public int Count(Split split) => Of(split).Count;

    public IEnumerable<ImageSample> Samples(Split split) =>
        Of(split).Select(file => new ImageSample(file.Name, file.Label, () => ImageFile.Open(IoPath.Combine(Path, file.Name))));

    public void Dispose()
    {
    }

    /// <exception cref="UserErrorException">The folder is not in ImageNet's layout, or holds no images.</exception>
    public static ImageFolder Open(string root, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (var split in new[] { "train", "val" })
        {
            if (!Directory.Exists(IoPath.Combine(root, split)))
            {
                throw new UserErrorException($"{root} holds no folder '{split}'. ImageNet's layout is needed: train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
            }
        }

        var classes = ClassFolders(root, "train");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var train = new List<Listed>();
        for (var label = 0; label < classes.Count; label++)
        {
            progress?.Report(new StageProgress("listing", label, classes.Count));
            var before = train.Count;
            Add(root, "train", classes[label], label, train, hash, cancellationToken);
            if (train.Count == before)
            {
                throw new UserErrorException(
                    $"{IoPath.Combine(root, "train", classes[label])} holds no images ({string.Join(", ", s_extensions)}). "
                        + "Put some there or remove the folder.");
            }
        }

        progress?.Report(new StageProgress("listing", classes.Count, classes.Count));
        if (train.Count == 0)
        {
            throw NoImages(root, "train");
        }

        var val = new List<Listed>();
        foreach (var name in ClassFolders(root, "val"))
        {
            var label = classes.BinarySearch(name, StringComparer.Ordinal);
            if (label < 0)
            {
                throw new UserErrorException(
                    $"{IoPath.Combine(root, "val", name)}: train has no class '{name}'.{NearestName.Suggest(name, classes.Take(20))} "
                        + "Add it to train or remove it from val.");
            }

            Add(root, "val", name, label, val, hash, cancellationToken);
        }

        return val.Count > 0
            ? new ImageFolder(root, classes, train, val, Convert.ToHexStringLower(hash.GetHashAndReset()))
            : throw NoImages(root, "val");
    }

    private IReadOnlyList<Listed> Of(Split split) => split == Split.Train ? _train : _val;

    private static UserErrorException NoImages(string root, string split) =>
        new($"{IoPath.Combine(root, split)} holds no images. ImageNet's layout is needed: {split}/CLASS/*.JPEG (also .jpg and .png).");

    private static List<string> ClassFolders(string root, string split)
    {
        var names = Directory.EnumerateDirectories(IoPath.Combine(root, split))
            .Select(folder => IoPath.GetFileName(folder))
            .Where(name => !name.StartsWith('.'))
            .ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    // Folders and dangling links with an image's name are listed too: reading them fails, and the dataset then says so.
    private static void Add(string root, string split, string name, int label, List<Listed> files, IncrementalHash hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entries = new FileSystemEnumerable<Entry>(
            IoPath.Combine(root, split, name),
            (ref FileSystemEntry entry) => new Entry(entry.FileName.ToString(), entry.Length, entry.LastWriteTimeUtc.UtcTicks),
            new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => IsImage(entry.FileName),
        }.ToList();
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            var path = $"{split}/{name}/{entry.Name}";
            files.Add(new Listed(path, label));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{path}\0{entry.Length}\0{entry.Changed}\0")));
        }
    }

    private static bool IsImage(ReadOnlySpan<char> name)
    {
        foreach (var extension in s_extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && name[0] != '.')
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Listed(string Name, int Label);

    private readonly record struct Entry(string Name, long Length, long Changed);
}
