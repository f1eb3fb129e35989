using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>A packed dataset, opened for reading. Images are memory-mapped and can be read from several threads.</summary>
public sealed class Dataset : IDisposable
{
    private readonly Lazy<PackedImages> _train;
    private readonly Lazy<PackedImages> _val;

    private Dataset(string folder, DatasetManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
        _train = new(() => new PackedImages(this, Split.Train));
        _val = new(() => new PackedImages(this, Split.Val));
    }

    /// <summary>The dataset's folder, as passed to <see cref="Open"/>.</summary>
    public string Folder { get; }

    /// <summary>The contents of <c>dataset.json</c>.</summary>
    public DatasetManifest Manifest { get; }

    /// <summary>Images of the training split.</summary>
    public PackedImages Train => _train.Value;

    /// <summary>Images of the validation split, which the paper calls the test set.</summary>
    public PackedImages Val => _val.Value;

    /// <summary>Opens a folder that <c>pack</c> wrote.</summary>
    /// <exception cref="UserErrorException">The folder does not exist or is not a dataset, or its format version is not supported.</exception>
    public static Dataset Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw Missing(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        }

        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (!File.Exists(path))
        {
            throw new UserErrorException(
                $"{folder} is not a dataset (it has no {DatasetManifest.FileName}). Create one with: Cgh.DataPrep pack SOURCE --out {folder}");
        }

        var manifest = CghJson.Load<DatasetManifest>(path);
        return manifest.Version == DatasetManifest.CurrentVersion
            ? new Dataset(folder, manifest)
            : throw new UserErrorException(
                $"{path} has format version {manifest.Version}; this program reads version {DatasetManifest.CurrentVersion}. Pack the images again.");
    }

    /// <summary>Path of the split's folder, <c>train</c> or <c>val</c>.</summary>
    public static string SplitFolder(string folder, Split split) => Path.Combine(folder, split == Split.Train ? "train" : "val");

    /// <summary>Path of the split's original labels: int64, one per image.</summary>
    public static string LabelsPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "labels.npy");

    /// <summary>Path of the list of source files: one path per line, in image order.</summary>
    public static string FilesPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "files.txt");

    /// <summary>Reads the original labels of a split: one class index per image.</summary>
    /// <exception cref="UserErrorException">The file does not match the manifest.</exception>
    public long[] OriginalLabels(Split split) => CheckedLabels(LabelsPath(Folder, split), Manifest[split].Images);

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

    /// <summary>Compares the SHA-256 of every shard with the manifest.</summary>
    /// <exception cref="UserErrorException">A shard is missing or was modified.</exception>
    public void VerifyChecksums(Split split, CancellationToken cancellationToken = default)
    {
        foreach (var shard in Manifest[split].Shards)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = Path.Combine(SplitFolder(Folder, split), shard.File);
            if (!File.Exists(path))
            {
                throw new UserErrorException($"{path} is missing. Restore it or pack the dataset again.");
            }

            using var stream = File.OpenRead(path);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != shard.Sha256)
            {
                throw new UserErrorException($"{path} does not match its checksum: it was modified after packing. Restore it or pack the dataset again.");
            }
        }
    }

    public void Dispose()
    {
        if (_train.IsValueCreated)
        {
            _train.Value.Dispose();
        }

        if (_val.IsValueCreated)
        {
            _val.Value.Dispose();
        }
    }

    private static UserErrorException Missing(string folder)
    {
        var parent = Path.GetDirectoryName(folder) ?? folder;
        var others = Directory.Exists(parent)
            ? Directory.GetDirectories(parent)
                .Where(other => File.Exists(Path.Combine(other, DatasetManifest.FileName)))
                .Select(other => Path.GetFileName(other))
                .Order(StringComparer.Ordinal)
                .ToArray()
            : [];
        var name = Path.GetFileName(folder);
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

/// <summary>The pixels of one split: <c>uint8</c>, height x width x 3 (RGB) per image, memory-mapped.</summary>
public sealed unsafe class PackedImages : IDisposable
{
    private readonly Shard[] _shards;

    internal PackedImages(Dataset dataset, Split split)
    {
        var side = dataset.Manifest.Side;
        Side = side;
        ImageBytes = side * side * 3;
        var info = dataset.Manifest[split];
        var shards = new List<Shard>();
        var first = 0;
        try
        {
            foreach (var shard in info.Shards)
            {
                var path = Path.Combine(Dataset.SplitFolder(dataset.Folder, split), shard.File);
                var header = NpyFile.ReadHeader(path);
                if (header.Descriptor != NpyFile.UInt8 || !header.Shape.SequenceEqual([shard.Images, side, side, 3]))
                {
                    throw new UserErrorException(
                        $"{path} holds {header.Descriptor} of shape ({string.Join(", ", header.Shape)}); "
                        + $"expected |u1 of shape ({shard.Images}, {side}, {side}, 3). Pack the dataset again.");
                }

                shards.Add(new Shard(path, header.DataOffset, first, shard.Images));
                first += shard.Images;
            }
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }

        _shards = [.. shards];
        Count = first;
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>Height and width of every image in pixels.</summary>
    public int Side { get; }

    /// <summary>Size of one image in bytes: side x side x 3.</summary>
    public int ImageBytes { get; }

    /// <summary>The pixels of one image, row by row. The span points into the memory map and is valid until this object is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not between 0 and <see cref="Count"/> - 1.</exception>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            int low = 0, high = _shards.Length - 1;
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                if (_shards[middle].First <= index)
                {
                    low = middle;
                }
                else
                {
                    high = middle - 1;
                }
            }

            var shard = _shards[low];
            return new ReadOnlySpan<byte>(shard.Data + ((long)(index - shard.First) * ImageBytes), ImageBytes);
        }
    }

    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Dispose();
        }
    }

    private sealed class Shard : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;

        public Shard(string path, long dataOffset, int first, int images)
        {
            First = first;
            Images = images;
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Data = start + _view.PointerOffset + dataOffset;
        }

        public int First { get; }

        public int Images { get; }

        public byte* Data { get; }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
