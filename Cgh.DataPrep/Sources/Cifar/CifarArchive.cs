using System.IO.Compression;
using System.Text;
using Cgh.Core;
using Cgh.DataPrep.Sources.Idx;

namespace Cgh.DataPrep.Sources.Cifar;

/// <summary>Reads the files of a set into memory: 180 MB, from a folder or from the archive as downloaded, which is never unpacked.</summary>
internal static class CifarArchive
{
    private const int BlockBytes = 512;
    private const string NotOneOf = "not one of CIFAR's files of images, labels and names";

    // The largest set has 186 MB. This bounds memory and time for an archive that holds something else.
    private const int MaxBytes = 256 << 20;

    /// <summary>Which set an archive holds, by its first entry; null if it is none.</summary>
    public static CifarLayout? LayoutOf(string path)
    {
        try
        {
            using var stream = OpenArchive(path);
            var header = new byte[BlockBytes];
            var name = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && IsHeader(header)
                ? NameOf(header).Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(part => part != ".")
                : null;
            return CifarLayout.All.FirstOrDefault(layout => layout.Folder == name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Reads the files of the layout, by name. Files that are missing are left out.</summary>
    /// <param name="place">Where they are.</param>
    /// <param name="passedOver">Receives the names of other files.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="UserErrorException">The archive or a file cannot be read, or is larger than any of CIFAR's.</exception>
    public static Dictionary<string, byte[]> Read(CifarPlace place, PassedOverList passedOver, CancellationToken cancellationToken)
    {
        try
        {
            return Directory.Exists(place.Path) ? ReadFolder(place, passedOver) : ReadArchive(place, passedOver, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"Cannot read {place.Path}: {UserText.FirstLine(error)} If it is damaged, get it again.", error);
        }
    }

    private static Dictionary<string, byte[]> ReadFolder(CifarPlace place, PassedOverList passedOver)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var left = (long)MaxBytes;
        foreach (var name in place.Layout.Files)
        {
            var path = Path.Combine(place.Path, name);
            if (File.Exists(path))
            {
                using var stream = ImageFile.Open(path);
                left -= stream.Length;
                files[name] = ReadBytes(stream, left < 0 ? throw TooLarge() : stream.Length);
            }
        }

        var others = Directory.EnumerateFiles(place.Path).Select(path => Path.GetFileName(path)).Except(place.Layout.Files);
        foreach (var other in others.Order(StringComparer.Ordinal))
        {
            passedOver.Add(NotOneOf, other);
        }

        return files;
    }

    private static Dictionary<string, byte[]> ReadArchive(CifarPlace place, PassedOverList passedOver, CancellationToken cancellationToken)
    {
        var wanted = place.Layout.Files.ToHashSet(StringComparer.Ordinal);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var stream = OpenArchive(place.Path);
        var possible = new FileInfo(place.Path).Length * IdxFile.MaxCompression;
        var header = new byte[BlockBytes];
        var left = (long)MaxBytes;
        while (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header.AsSpan().ContainsAnyExcept((byte)0))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var size = IsHeader(header) && SizeOf(header) is { } given ? given : throw new InvalidDataException("The archive is damaged.");
            left -= BlockBytes + size;
            if (left < 0)
            {
                throw TooLarge();
            }

            if (size > possible)
            {
                throw new EndOfStreamException("The archive is cut short.");
            }

            // Only base names count, so an entry's folder cannot lead anywhere. Links and everything else that is not a file are passed over.
            var name = NameOf(header).Split('/')[^1];
            var isFile = header[156] is 0 or (byte)'0';
            if (isFile && !wanted.Contains(name))
            {
                passedOver.Add(NotOneOf, name);
            }

            if (isFile && wanted.Contains(name))
            {
                if (!files.TryAdd(name, ReadBytes(stream, size)))
                {
                    throw new InvalidDataException($"The archive has two entries '{name}'.");
                }

                ReadBytes(stream, Padding(size));
            }
            else
            {
                IdxFile.Skip(stream, size + Padding(size));
            }
        }

        return files;
    }

    private static InvalidDataException TooLarge() => new($"It holds more than the {MaxBytes >> 20} MiB that any of CIFAR's sets can have.");

    private static Stream OpenArchive(string path)
    {
        var file = ImageFile.Open(path);
        try
        {
            var isGzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return isGzip ? new GZipStream(new BufferedStream(file, 1 << 16), CompressionMode.Decompress) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static byte[] ReadBytes(Stream stream, long count)
    {
        var bytes = GC.AllocateUninitializedArray<byte>((int)count);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static long Padding(long size) => (BlockBytes - (size % BlockBytes)) % BlockBytes;

    private static string NameOf(ReadOnlySpan<byte> header)
    {
        var name = header[..100];
        var end = name.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
    }

    private static long? SizeOf(ReadOnlySpan<byte> header) => Octal(header[124..136]);

    // The sum of all bytes, with those of the sum itself as spaces.
    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        var sum = 8 * ' ';
        for (var i = 0; i < BlockBytes; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : header[i];
        }

        return Octal(header[148..156]) == sum;
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        var digits = Encoding.Latin1.GetString(field).Trim(' ', '\0');
        var number = 0L;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            number = (number * 8) + (digit - '0');
        }

        return digits.Length > 0 ? number : null;
    }
}
