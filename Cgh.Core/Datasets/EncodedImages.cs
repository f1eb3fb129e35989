using Cgh.Core.Numpy;

namespace Cgh.Core.Datasets;

/// <summary>
/// The encoded images of one split of a dataset with <see cref="PackEncoding.Encoded"/>: the bytes of each file as it was in the source. They can be
/// read from several threads.
/// </summary>
public sealed class EncodedImages : IDisposable
{
    private readonly ShardFile[] _shards;
    private readonly long[][] _offsets;
    private readonly int[]? _selected;

    internal EncodedImages(Dataset dataset, Split split)
    {
        var shards = new List<ShardFile>();
        var offsets = new List<long[]>();
        try
        {
            foreach (var shard in dataset.Manifest[split].Shards)
            {
                var path = Path.Combine(Dataset.SplitFolder(dataset.Folder, split), shard.File);
                var header = NpyFile.ReadHeader(path);
                var ends = NpyFile.ReadInt64(OffsetsPath(path));
                if (header is not { Descriptor: NpyFile.UInt8, Shape: [var bytes] } || !AreOffsets(ends, shard.Images, bytes))
                {
                    throw new UserErrorException(
                        $"{path} and {Path.GetFileName(OffsetsPath(path))} do not hold {shard.Images} encoded images. Repair or pack the dataset again.");
                }

                shards.Add(new ShardFile(dataset.Folder, path, header.DataOffset, Count, shard.Images));
                offsets.Add(ends);
                Count += shard.Images;
            }
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }

        _shards = [.. shards];
        _offsets = [.. offsets];
    }

    private EncodedImages(EncodedImages all, int[] selected)
    {
        _shards = all._shards;
        _offsets = all._offsets;
        _selected = selected;
        Count = selected.Length;
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>The file of one image, in an array of its own. <see cref="Read"/> reuses one.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            byte[] file = [];
            var length = Read(index, ref file);
            return file.AsSpan(0, length);
        }
    }

    /// <summary>Reads the file of one image.</summary>
    /// <param name="index">Index of the image in the split.</param>
    /// <param name="file">Receives the bytes; replaced by a larger array if they do not fit.</param>
    /// <returns>Number of bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is not between 0 and <see cref="Count"/> - 1.</exception>
    /// <exception cref="UserErrorException">The shard cannot be read or was truncated.</exception>
    public int Read(int index, ref byte[] file)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        index = _selected?[index] ?? index;
        var at = ShardFile.Find(_shards, index);
        var (shard, offsets) = (_shards[at], _offsets[at]);
        var start = offsets[index - shard.First];
        var length = (int)(offsets[index - shard.First + 1] - start);
        if (file.Length < length)
        {
            // Larger than necessary, so that the files of a dataset need few arrays.
            file = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, length + (length / 4L)));
        }

        shard.Read(index, start, file.AsSpan(0, length));
        return length;
    }

    /// <summary>Creates the error for an image whose file was read but is not what was packed.</summary>
    public UserErrorException Damaged(int index, string symptom)
    {
        index = _selected?[index] ?? index;
        return _shards[ShardFile.Find(_shards, index)].Damaged(index, symptom);
    }

    /// <summary>Returns a view of some of the images. It shares their files, which disposing either closes.</summary>
    /// <param name="indices">Index of each image of the view.</param>
    internal EncodedImages Select(int[] indices) => new(this, indices);

    /// <summary>Path of the file with the offsets of a shard: int64, that of each image and the end of the last.</summary>
    /// <param name="shard">Path of the shard, <c>images-00000.npy</c>.</param>
    public static string OffsetsPath(string shard) =>
        Path.Combine(Path.GetDirectoryName(shard)!, Path.GetFileName(shard).Replace("images-", "offsets-", StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Dispose();
        }
    }

    private static bool AreOffsets(long[] offsets, int images, long bytes)
    {
        if (offsets.Length != images + 1 || offsets[0] != 0 || offsets[^1] != bytes)
        {
            return false;
        }

        for (var i = 0; i < images; i++)
        {
            // A span holds at most so many bytes.
            if (offsets[i + 1] < offsets[i] || offsets[i + 1] - offsets[i] > int.MaxValue)
            {
                return false;
            }
        }

        return true;
    }
}
