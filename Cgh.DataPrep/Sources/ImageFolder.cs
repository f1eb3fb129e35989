using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources;

/// <summary>
/// A folder in ImageNet's layout: <c>train/CLASS/NAME.JPEG</c> and <c>val/CLASS/NAME.JPEG</c>. Classes are the folders of <c>train</c> in ordinal order,
/// and files are in ordinal order within their class: an image's index in the dataset depends only on names.
/// </summary>
internal sealed class ImageFolder : IImageSource
{
    private static readonly string[] s_extensions = [".jpeg", ".jpg", ".png"];

    private readonly string _root;

    private ImageFolder(string root, IReadOnlyList<string> classes, ImageList images, string fingerprint)
    {
        _root = root;
        Info = new SourceInfo { Path = root, Kind = "folder in ImageNet's layout", LabelsFrom = "the names of the class folders", Classes = classes };
        Images = images;
        Fingerprint = fingerprint;
    }

    /// <summary>The entry in <see cref="ImageSources"/>. It recognizes every folder, so that its errors say what a folder lacks.</summary>
    public static ImageSourceFormat Format { get; } = new("Folder with train/CLASS/*.JPEG and val/CLASS/*.JPEG (also .jpg and .png).", Directory.Exists, Open);

    public SourceInfo Info { get; }

    public ImageList Images { get; }

    /// <summary>SHA-256 over all paths, lengths and times of change.</summary>
    public string Fingerprint { get; }

    public bool IsSequential => false;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => positions.Select(position =>
    {
        var image = Images[position];
        return new ImageSample(position, image, () => ImageFile.Open(Path.Combine(_root, image.Name)));
    });

    public void Dispose()
    {
    }

    /// <exception cref="UserErrorException">The folder is not in ImageNet's layout, or holds no images.</exception>
    public static ImageFolder Open(SourceRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var root = request.Path;
        foreach (var split in new[] { "train", "val" })
        {
            if (!Directory.Exists(Path.Combine(root, split)))
            {
                throw new UserErrorException($"{root} holds no folder '{split}'. ImageNet's layout is needed: train/CLASS/*.JPEG and val/CLASS/*.JPEG.");
            }
        }

        var classes = ClassFolders(root, "train");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var images = new ImageList();
        for (var label = 0; label < classes.Count; label++)
        {
            progress?.Report(new StageProgress("listing", label, classes.Count));
            var before = images.Count;
            Add(root, Split.Train, classes[label], label, images, hash, cancellationToken);
            if (images.Count == before)
            {
                throw new UserErrorException(
                    $"{Path.Combine(root, "train", classes[label])} holds no images ({string.Join(", ", s_extensions)}). "
                        + "Put some there or remove the folder.");
            }
        }

        progress?.Report(new StageProgress("listing", classes.Count, classes.Count));
        if (images.Count == 0)
        {
            throw NoImages(root, "train");
        }

        foreach (var name in ClassFolders(root, "val"))
        {
            var label = classes.BinarySearch(name, StringComparer.Ordinal);
            if (label < 0)
            {
                throw new UserErrorException(
                    $"{Path.Combine(root, "val", name)}: train has no class '{name}'.{NearestName.Suggest(name, classes.Take(20))} "
                        + "Add it to train or remove it from val.");
            }

            Add(root, Split.Val, name, label, images, hash, cancellationToken);
        }

        return images.CountOf(Split.Val) > 0
            ? new ImageFolder(root, classes, images, Convert.ToHexStringLower(hash.GetHashAndReset()))
            : throw NoImages(root, "val");
    }

    private static UserErrorException NoImages(string root, string split) =>
        new($"{Path.Combine(root, split)} holds no images. ImageNet's layout is needed: {split}/CLASS/*.JPEG (also .jpg and .png).");

    private static List<string> ClassFolders(string root, string split)
    {
        var names = Directory.EnumerateDirectories(Path.Combine(root, split))
            .Select(folder => Path.GetFileName(folder))
            .Where(name => !name.StartsWith('.'))
            .ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    // Folders and dangling links with an image's name are listed too: reading them fails, and the dataset then says so.
    private static void Add(string root, Split split, string name, int label, ImageList images, IncrementalHash hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entries = new FileSystemEnumerable<Entry>(
            Path.Combine(Dataset.SplitFolder(root, split), name),
            (ref FileSystemEntry entry) => new Entry(entry.FileName.ToString(), entry.Length, entry.LastWriteTimeUtc.UtcTicks),
            new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => IsImage(entry.FileName),
        }.ToList();
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            var path = $"{(split == Split.Train ? "train" : "val")}/{name}/{entry.Name}";
            images.Add(split, path, label);
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

    private readonly record struct Entry(string Name, long Length, long Changed);
}
