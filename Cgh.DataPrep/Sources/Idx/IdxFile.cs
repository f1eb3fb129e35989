using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Cgh.Core;
using Cgh.Core.Experiments;

namespace Cgh.DataPrep.Sources.Idx;

/// <summary>
/// A file in MNIST's idx format, plain or gzip: two zero bytes, the type of the values, the number of dimensions, the size of each dimension as a
/// big-endian integer, and the values. The header is checked against the content before any value is used.
/// </summary>
internal sealed class IdxFile
{
    /// <summary>Bytes that a byte of gzip can hold at most: deflate compresses 258 bytes to two bits at best.</summary>
    public const long MaxCompression = 1032;

    private const byte UnsignedBytes = 0x08;
    private const int MaxSide = 4096;

    private readonly int _headerBytes;
    private readonly bool _isGzip;

    private IdxFile(string path, bool isGzip, IReadOnlyList<int> sizes)
    {
        Path = path;
        Sizes = sizes;
        _isGzip = isGzip;
        _headerBytes = 4 + (4 * sizes.Count);
    }

    public string Path { get; }

    /// <summary>Size of each dimension; the first is the number of items.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>Number of images or labels.</summary>
    public int Count => Sizes[0];

    /// <summary>Bytes of an item.</summary>
    public int ItemBytes => Sizes.Skip(1).Aggregate(1, (product, size) => product * size);

    /// <summary>Whether a file starts like an idx file of bytes with one or three dimensions, labels or images.</summary>
    public static bool IsIdx(string path)
    {
        try
        {
            using var stream = OpenStream(path, out _, out _);
            var magic = new byte[4];
            return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic is [0, 0, UnsignedBytes, 1 or 3];
        }
        catch (Exception error) when (FileFault.IsOfTheFile(error))
        {
            return false;
        }
    }

    /// <summary>Opens a file and checks that it holds what its header says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dimensions">Number of dimensions: 3 for images, 1 for labels.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="UserErrorException">The file is damaged or holds something else.</exception>
    public static IdxFile Open(string path, int dimensions, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = OpenStream(path, out var isGzip, out var length);
            var file = new IdxFile(path, isGzip, ReadHeader(path, stream, dimensions));
            file.CheckContent(stream, length, cancellationToken);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }

    /// <summary>Opens the values, without the header.</summary>
    /// <param name="first">Index of the first item to read.</param>
    public Stream OpenItems(int first = 0)
    {
        var stream = OpenStream(Path, out _, out _);
        try
        {
            var skip = _headerBytes + ((long)first * ItemBytes);
            if (_isGzip)
            {
                Skip(stream, skip);
            }
            else
            {
                stream.Position = skip;
            }

            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads all values.</summary>
    public byte[] ReadAll()
    {
        var values = new byte[(long)Count * ItemBytes];
        using var stream = OpenItems();
        stream.ReadExactly(values);
        return values;
    }

    /// <summary>Skips bytes of a stream that cannot seek.</summary>
    public static void Skip(Stream stream, long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 16)];
        for (var left = bytes; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            left -= read > 0 ? read : throw new EndOfStreamException("The file ends early.");
        }
    }

    private static Stream OpenStream(string path, out bool isGzip, out long length)
    {
        var file = ImageFile.Open(path);
        try
        {
            length = file.Length;
            var first = new byte[2];
            isGzip = file.ReadAtLeast(first, 2, throwOnEndOfStream: false) == 2 && first is [0x1f, 0x8b];
            file.Position = 0;
            return isGzip ? new GZipStream(new BufferedStream(file, 1 << 16), CompressionMode.Decompress) : new BufferedStream(file, 1 << 16);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static int[] ReadHeader(string path, Stream stream, int dimensions)
    {
        var header = new byte[4 + (4 * dimensions)];
        var read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var what = dimensions == 1 ? "labels" : "images";
        if (read >= 4 && (header[0], header[1]) != (0, 0))
        {
            throw new UserErrorException($"{path} is not an idx file: it does not start with two zero bytes.");
        }

        if (read >= 4 && (header[2] != UnsignedBytes || header[3] != dimensions))
        {
            throw new UserErrorException(
                $"{path} is not an idx file of {what}: its header says type 0x{header[2]:x2} with {Number(header[3], "dimension")}, "
                + $"and {what} have type 0x08 (bytes) with {Number(dimensions, "dimension")}.");
        }

        if (read < header.Length)
        {
            throw new UserErrorException($"{path} ends within its header. Get it again.");
        }

        var sizes = Enumerable.Range(0, dimensions).Select(i => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 + (4 * i)))).ToArray();
        return sizes[0] is >= 1 and <= DatasetCounts.MaxImages && sizes.Skip(1).All(size => size is >= 1 and <= MaxSide)
            ? [.. sizes.Select(size => (int)size)]
            : throw new UserErrorException(
                $"{path}: its header says {Described(sizes)}. 1 to {DatasetCounts.MaxImages} {what}"
                + (dimensions == 1 ? " are possible." : $" of 1 to {MaxSide} pixels a side are possible."));
    }

    // Plain files by their length; compressed ones are read once, so that a file that is cut short is found before anything is written.
    private void CheckContent(Stream stream, long length, CancellationToken cancellationToken)
    {
        var expected = (long)Count * ItemBytes;
        var found = _isGzip
            ? expected > length * MaxCompression ? null : CountBytes(stream, expected + 1, cancellationToken)
            : (long?)length - _headerBytes;
        if (found != expected)
        {
            var holds = found switch
            {
                null => $"{Path} is too small for that ({length} bytes, compressed). It is cut short, or not what it seems",
                _ when found < expected => string.Create(CultureInfo.InvariantCulture, $"{Path} is cut short: it holds {found} of {expected} bytes"),
                _ => $"{Path} holds more than its header says",
            };
            throw new UserErrorException($"{holds} ({Described([.. Sizes.Select(size => (uint)size)])}). Get it again.");
        }

        static long CountBytes(Stream stream, long limit, CancellationToken cancellationToken)
        {
            var buffer = new byte[1 << 16];
            var count = 0L;
            while (count < limit && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, limit - count)) is > 0 and var read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                count += read;
            }

            return count;
        }
    }

    private static string Described(uint[] sizes) => sizes.Length == 1
        ? $"{sizes[0]} labels"
        : $"{sizes[0]} images of {string.Join(" x ", sizes[1..])} pixels";

    private static string Number(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
