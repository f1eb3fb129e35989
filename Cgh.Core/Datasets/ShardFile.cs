using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cgh.Core.Datasets;

/// <summary>A shard, opened for reading at any offset and from several threads.</summary>
/// <remarks>
/// Not memory-mapped: a mapped file that is truncated, or whose share goes away, ends the process at the next access. A failed read is an exception.
/// </remarks>
internal sealed class ShardFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _dataset;

    /// <param name="dataset">Folder of the dataset, for messages.</param>
    /// <param name="path">Path of the shard.</param>
    /// <param name="dataOffset">Offset of the values from the start of the file.</param>
    /// <param name="first">Index of the shard's first image in the split.</param>
    /// <param name="images">Number of images.</param>
    public ShardFile(string dataset, string path, long dataOffset, int first, int images)
    {
        _dataset = dataset;
        Path = path;
        DataOffset = dataOffset;
        First = first;
        Images = images;

        // With Delete, so that a repaired shard can replace this one on Windows, too.
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
    }

    public string Path { get; }

    public long DataOffset { get; }

    public int First { get; }

    public int Images { get; }

    /// <summary>Fills the span with the bytes at an offset from the start of the values.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or ends before the last byte.</exception>
    public void Read(int image, long offset, Span<byte> bytes)
    {
        try
        {
            for (var at = DataOffset + offset; bytes.Length > 0;)
            {
                var count = RandomAccess.Read(_file, bytes, at);
                if (count == 0)
                {
                    throw Damaged(image, "is missing: the file was truncated");
                }

                at += count;
                bytes = bytes[count..];
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A retry may succeed, such as when a share is mounted again.
            throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"Cannot read image {image} from {Path}: {UserText.FirstLine(error)} Check the disk or the share."),
                error);
        }
    }

    /// <summary>Creates the error for an image that a retry would find damaged again.</summary>
    public UserErrorException Damaged(int image, string symptom) => UserErrorException.Final(string.Create(
        CultureInfo.InvariantCulture,
        $"{Path}: image {image} (line {image + 1} of files.txt) {symptom}. "
        + $"'Cgh.DataPrep verify {_dataset}' lists all damage, and 'Cgh.DataPrep repair {_dataset}' restores it."));

    public void Dispose() => _file.Dispose();

    /// <summary>Returns the index of the shard that holds an image.</summary>
    public static int Find(ShardFile[] shards, int image)
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
}
