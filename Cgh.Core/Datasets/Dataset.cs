using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>A packed dataset, opened for reading. Images can be read from several threads.</summary>
public sealed class Dataset : IDisposable
{
    private readonly Lazy<PackedImages> _train;
    private readonly Lazy<PackedImages> _val;
    private readonly Lazy<EncodedImages> _encodedTrain;
    private readonly Lazy<EncodedImages> _encodedVal;

    private Dataset(string folder, DatasetManifest manifest, Subset? subset = null)
    {
        Folder = folder;
        Manifest = manifest;
        Subset = subset;
        _train = new(() => OpenPacked(Split.Train));
        _val = new(() => OpenPacked(Split.Val));
        _encodedTrain = new(() => OpenEncoded(Split.Train));
        _encodedVal = new(() => OpenEncoded(Split.Val));
    }

    /// <summary>The dataset's folder, as passed to <see cref="Open"/>.</summary>
    public string Folder { get; }

    /// <summary>The contents of <c>dataset.json</c>; for a subset, what it would say, without shards.</summary>
    public DatasetManifest Manifest { get; }

    /// <summary>Which images of another dataset these are; null for a dataset with images of its own.</summary>
    public Subset? Subset { get; }

    /// <summary>
    /// The dataset whose validation split is the original test set, for a subset that has its own; else null. Owned by this dataset.
    /// </summary>
    public Dataset? OriginalTest => Subset is { Test: not null } ? Subset.Parent : null;

    /// <summary>Images of the training split.</summary>
    public PackedImages Train => _train.Value;

    /// <summary>Images of the validation split, which the paper calls the test set.</summary>
    public PackedImages Val => _val.Value;

    /// <summary>Encoded images of a split, for a dataset with <see cref="PackEncoding.Encoded"/>.</summary>
    public EncodedImages Encoded(Split split) => split == Split.Train ? _encodedTrain.Value : _encodedVal.Value;

    /// <summary>Whether there is a dataset or a subset at a path, complete but perhaps damaged.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, DatasetManifest.FileName)) || File.Exists(SubsetInfo.PathIn(folder));

    /// <summary>Whether there is a subset at a path.</summary>
    public static bool IsSubset(string folder) => !File.Exists(Path.Combine(folder, DatasetManifest.FileName)) && File.Exists(SubsetInfo.PathIn(folder));

    /// <summary>Opens a folder that <c>pack</c> or <c>subset</c> wrote.</summary>
    /// <exception cref="UserErrorException">
    /// The folder does not exist or is not a dataset, or its format version is not supported; a subset was modified, or its parent is missing or has changed.
    /// </exception>
    public static Dataset Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw Missing(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        }

        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (!File.Exists(path))
        {
            if (File.Exists(SubsetInfo.PathIn(folder)))
            {
                var subset = Subset.Open(folder);
                return new Dataset(folder, subset.MakeManifest(), subset);
            }

            throw new UserErrorException(
                $"{folder} is not a dataset (it has no {DatasetManifest.FileName}). Create one with: Cgh.DataPrep pack SOURCE --out {folder}");
        }

        var manifest = CghJson.Load<DatasetManifest>(path);
        if (manifest.Failure() is { } failure)
        {
            throw new UserErrorException($"{path} is damaged: {failure}. Restore it, or pack the images again.");
        }

        return manifest.Version == (manifest.Encoding == PackEncoding.Encoded ? DatasetManifest.EncodedVersion : DatasetManifest.PixelsVersion)
            ? new Dataset(folder, manifest)
            : throw new UserErrorException(
                $"{path} has format version {manifest.Version}; this program reads versions {DatasetManifest.PixelsVersion} and "
                + $"{DatasetManifest.EncodedVersion}. Pack the images again.");
    }

    /// <summary>Path of the split's folder, <c>train</c> or <c>val</c>.</summary>
    public static string SplitFolder(string folder, Split split) => Path.Combine(folder, split == Split.Train ? "train" : "val");

    /// <summary>Path of the split's original labels: int64, one per image.</summary>
    public static string LabelsPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "labels.npy");

    /// <summary>Path of the list of source files: one path per line, in image order.</summary>
    public static string FilesPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "files.txt");

    /// <summary>Reads the original labels of a split: one class index per image.</summary>
    /// <exception cref="UserErrorException">The file does not match the manifest.</exception>
    public long[] OriginalLabels(Split split) =>
        Subset?.Select(split, Subset.Parent.OriginalLabels) ?? CheckedLabels(LabelsPath(Folder, split), Manifest[split].Images);

    /// <summary>Reads the names of a split's source files, in image order, relative to the split in the source.</summary>
    /// <exception cref="UserErrorException">The list cannot be read or does not match the manifest.</exception>
    public string[] FileNames(Split split) => Subset?.Select(split, Subset.Parent.FileNames) ?? ReadFileNames(split);

    /// <summary>
    /// SHA-256 that identifies the content: classes, images, names and original labels, but neither the dataset's name nor its place. Reads the labels, and
    /// relies on the manifest for the rest, which <see cref="VerifyChecksums"/> compares.
    /// </summary>
    /// <exception cref="UserErrorException">The labels cannot be read.</exception>
    public string Checksum()
    {
        if (Subset is not null)
        {
            return Subset.Checksum();
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(Manifest.Classes));
        foreach (var split in Enum.GetValues<Split>())
        {
            hash.AppendData(Encoding.ASCII.GetBytes(
                string.Concat(Manifest[split].Shards.Select(shard => shard.Sha256 + shard.OffsetsSha256)) + Manifest[split].FilesSha256));
            hash.AppendData(MemoryMarshal.AsBytes(OriginalLabels(split).AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Loads a label set of the training split; <c>original</c> is the labels that came with the images.</summary>
    /// <exception cref="UserErrorException">The label set does not exist, was modified, or does not fit the dataset.</exception>
    public LabelSet Labels(string name) => LabelSet.Load(this, name);

    /// <summary>Names of the dataset's label sets: <c>original</c>, then the others in ordinal order.</summary>
    public IReadOnlyList<string> LabelSetNames()
    {
        var folder = Path.Combine(Folder, "labels");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        return [LabelSet.Original, .. files.Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Compares the SHA-256 of every shard, and of its offsets if it has any, with the manifest. For a subset, those of its indices and of the parent's split
    /// that holds the images.
    /// </summary>
    /// <exception cref="UserErrorException">A shard is missing or was modified.</exception>
    public void VerifyChecksums(Split split, CancellationToken cancellationToken = default)
    {
        if (Subset is not null)
        {
            Subset.VerifyIndices(Folder, split);
            Subset.Parent.VerifyChecksums(Subset.Indices(split) is null ? split : Split.Train, cancellationToken);
        }

        foreach (var shard in Manifest[split].Shards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = Path.Combine(SplitFolder(Folder, split), shard.File);
            VerifyChecksum(path, shard.Sha256);
            if (shard.OffsetsSha256 is { } offsets)
            {
                VerifyChecksum(EncodedImages.OffsetsPath(path), offsets);
            }
        }
    }

    public void Dispose()
    {
        Subset?.Parent.Dispose();
        Dispose(_train);
        Dispose(_val);
        Dispose(_encodedTrain);
        Dispose(_encodedVal);
    }

    private static void Dispose<T>(Lazy<T> images)
        where T : IDisposable
    {
        if (images.IsValueCreated)
        {
            images.Value.Dispose();
        }
    }

    private PackedImages OpenPacked(Split split) => Subset is null
        ? new PackedImages(this, split)
        : Subset.Indices(split) is { } indices ? Subset.Parent.Train.Select(indices) : Subset.Parent.Val;

    private EncodedImages OpenEncoded(Split split) => Subset is null
        ? new EncodedImages(this, split)
        : Subset.Indices(split) is { } indices ? Subset.Parent.Encoded(Split.Train).Select(indices) : Subset.Parent.Encoded(Split.Val);

    private string[] ReadFileNames(Split split)
    {
        var path = FilesPath(Folder, split);
        try
        {
            // A name can hold any other line break.
            var names = SharedFile.ReadText(path).Split('\n')[..^1];
            return names.Length == Manifest[split].Images
                ? names
                : throw new UserErrorException($"{path} has {names.Length} names for {Manifest[split].Images} images. Repair or pack the dataset again.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} Repair or pack the dataset again.", error);
        }
    }

    private static void VerifyChecksum(string path, string sha256)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{path} is missing. Restore it or pack the dataset again.");
        }

        using var stream = UntrustedFile.OpenRead(path, "Restore it or pack the dataset again.");
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != sha256)
        {
            throw new UserErrorException($"{path} does not match its checksum: it was modified after packing. Restore it or pack the dataset again.");
        }
    }

    private static UserErrorException Missing(string folder)
    {
        var parent = Path.GetDirectoryName(folder) ?? folder;
        var others = Directory.Exists(parent)
            ? Directory.GetDirectories(parent)
                .Where(Exists)
                .Select(other => Path.GetFileName(other))
                .Order(StringComparer.Ordinal)
                .ToArray()
            : [];
        var name = Path.GetFileName(folder);
        if (Directory.Exists(AtomicFile.TemporaryPath(folder)))
        {
            return UserErrorException.NotFound(
                $"Dataset '{name}' in {parent} is not complete: it is being packed, or that was interrupted. Rerun the command that packs it; "
                + "finished shards are kept.");
        }

        var hint = others.Length == 0 ? $" Create it with: Cgh.DataPrep pack SOURCE --out {folder}" : NearestName.Suggest(name, others);
        return UserErrorException.NotFound($"There is no dataset '{name}' in {parent}.{hint}");
    }

    internal long[] CheckedLabels(string path, int images)
    {
        var labels = NpyFile.ReadInt64(path);
        if (labels.Length != images)
        {
            throw new UserErrorException($"{path} has {labels.Length} labels for {images} images. Recreate it for this dataset.");
        }

        var wrong = Array.FindIndex(labels, label => label < 0 || label >= Manifest.Classes.Count);
        return wrong < 0
            ? labels
            : throw new UserErrorException(
                $"{path} has label {labels[wrong]} in row {wrong}; the dataset's classes are 0 to {Manifest.Classes.Count - 1}.");
    }
}
