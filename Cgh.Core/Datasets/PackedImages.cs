using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>The pixels of one split: <c>uint8</c>, height x width x 3 (RGB) per image. They can be read from several threads.</summary>
public sealed class PackedImages : IDisposable
{
    private readonly ShardFile[] _shards;
    private readonly int[]? _selected;

    internal PackedImages(Dataset dataset, Split split)
    {
        if (dataset.Manifest.Encoding != PackEncoding.Pixels)
        {
            throw new UserErrorException($"{dataset.Folder} was packed with --keep-jpeg: it holds encoded images, and only pixels can be read here.");
        }

        var side = dataset.Manifest.Side;
        Side = side;
        ImageBytes = side * side * 3;
        var info = dataset.Manifest[split];
        var shards = new List<ShardFile>();
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

                shards.Add(new ShardFile(dataset.Folder, path, header.DataOffset, first, shard.Images));
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

    private PackedImages(PackedImages all, int[] selected)
    {
        _shards = all._shards;
        _selected = selected;
        Side = all.Side;
        ImageBytes = all.ImageBytes;
        Count = selected.Length;
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>Height and width of every image in pixels.</summary>
    public int Side { get; }

    /// <summary>Size of one image in bytes: side x side x 3.</summary>
    public int ImageBytes { get; }

    /// <summary>The pixels of one image, row by row, in an array of their own. <see cref="Read"/> reuses one.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var pixels = GC.AllocateUninitializedArray<byte>(ImageBytes);
            Read(index, pixels);
            return pixels;
        }
    }

    /// <summary>Reads the pixels of one image, row by row.</summary>
    /// <param name="index">Index of the image in the split.</param>
    /// <param name="pixels">Receives <see cref="ImageBytes"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not between 0 and <see cref="Count"/> - 1.</exception>
    /// <exception cref="UserErrorException">The shard cannot be read or was truncated.</exception>
    public void Read(int index, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        index = _selected?[index] ?? index;
        var shard = _shards[ShardFile.Find(_shards, index)];
        shard.Read(index, (long)(index - shard.First) * ImageBytes, pixels[..ImageBytes]);
    }

    /// <summary>Returns a view of some of the images. It shares their files, which disposing either closes.</summary>
    /// <param name="indices">Index of each image of the view.</param>
    internal PackedImages Select(int[] indices) => new(this, indices);

    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Dispose();
        }
    }
}
