using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>A packed dataset, opened for reading. Its images are memory-mapped and can be read from several threads.</summary>
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

    public string Folder { get; }

    public DatasetManifest Manifest { get; }

    /// <summary>Images of the training split.</summary>
    public PackedImages Train => _train.Value;

    /// <summary>Images of the validation split, which the authors call test.</summary>
    public PackedImages Val => _val.Value;

    /// <summary>Opens the folder that <c>pack</c> wrote.</summary>
    /// <exception cref="UserErrorException">There is no dataset, or its version is not this one's.</exception>
    public static Dataset Open(string folder)
    {
        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{folder} holds no dataset (no {DatasetManifest.FileName}). Make one with: Cgh.DataPrep pack SOURCE --out {folder}");
        }

        var manifest = CghJson.Load<DatasetManifest>(path);
        return manifest.Version == DatasetManifest.CurrentVersion
            ? new Dataset(folder, manifest)
            : throw new UserErrorException($"{path} has format version {manifest.Version}; this program reads version {DatasetManifest.CurrentVersion}. Pack the images again.");
    }

    public static string SplitFolder(string folder, Split split) => Path.Combine(folder, split == Split.Train ? "train" : "val");

    public static string LabelsPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "labels.npy");

    public static string FilesPath(string folder, Split split) => Path.Combine(SplitFolder(folder, split), "files.txt");

    /// <summary>The original labels of a split, one per image.</summary>
    /// <exception cref="UserErrorException">The file does not fit the manifest.</exception>
    public long[] OriginalLabels(Split split) => CheckedLabels(LabelsPath(Folder, split), Manifest[split].Images);

    /// <summary>The named label set of the training split; <c>original</c> is the labels as they came.</summary>
    /// <exception cref="UserErrorException">There is no such label set.</exception>
    public LabelSet Labels(string name) => LabelSet.Load(this, name);

    /// <summary>Names of the label sets that were made for this dataset, <c>original</c> first.</summary>
    public IReadOnlyList<string> LabelSetNames()
    {
        var folder = Path.Combine(Folder, "labels");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        return [LabelSet.Original, .. files.Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Reads every shard and compares its SHA-256 with the manifest's.</summary>
    /// <exception cref="UserErrorException">A shard is missing or has changed.</exception>
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
                throw new UserErrorException($"{path} fails its checksum: it has changed since it was packed. Restore it or pack the dataset again.");
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

    internal long[] CheckedLabels(string path, int images)
    {
        var labels = NpyFile.ReadInt64(path);
        if (labels.Length != images)
        {
            throw new UserErrorException($"{path} has {labels.Length} labels for {images} images. Make it again for this dataset.");
        }

        var wrong = Array.FindIndex(labels, label => label < 0 || label >= Manifest.Classes.Count);
        return wrong < 0
            ? labels
            : throw new UserErrorException($"{path} has label {labels[wrong]} in row {wrong}; the dataset's classes are 0 to {Manifest.Classes.Count - 1}.");
    }
}

/// <summary>The packed pixels of one split: <c>uint8</c>, height x width x 3 (RGB) per image.</summary>
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
                    throw new UserErrorException($"{path} holds {header.Descriptor} of shape ({string.Join(", ", header.Shape)}) where |u1 of ({shard.Images}, {side}, {side}, 3) is needed. Pack the dataset again.");
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

    public int Count { get; }

    public int Side { get; }

    /// <summary>Bytes of one image: side x side x 3.</summary>
    public int ImageBytes { get; }

    /// <summary>The pixels of one image, in the memory map: valid until this object is disposed.</summary>
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
