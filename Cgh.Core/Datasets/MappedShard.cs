using System.IO.MemoryMappedFiles;

namespace Cgh.Core.Datasets;

/// <summary>The values of a shard, memory-mapped.</summary>
internal sealed unsafe class MappedShard : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="path">Path of the file.</param>
    /// <param name="dataOffset">Offset of the values in bytes.</param>
    /// <param name="first">Index of the shard's first image in the split.</param>
    /// <param name="images">Number of images.</param>
    public MappedShard(string path, long dataOffset, int first, int images)
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

    /// <summary>Returns the index of the shard that holds an image.</summary>
    public static int Find(MappedShard[] shards, int image)
    {
        int low = 0, high = shards.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (shards[middle].First <= image)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
