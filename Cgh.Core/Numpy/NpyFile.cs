using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Cgh.Core.Files;

namespace Cgh.Core.Numpy;

/// <summary>Header of a <c>.npy</c> file.</summary>
/// <param name="Descriptor">NumPy's type string, such as <c>|u1</c> or <c>&lt;i8</c>.</param>
/// <param name="Shape">Length of each axis. The first axis varies slowest, or fastest if <paramref name="ColumnMajor"/>.</param>
/// <param name="DataOffset">Offset of the values from the start of the file, in bytes.</param>
/// <param name="ColumnMajor">Whether the values are in Fortran order.</param>
public sealed record NpyHeader(string Descriptor, IReadOnlyList<long> Shape, long DataOffset, bool ColumnMajor = false)
{
    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => checked(product * length));
}

/// <summary>
/// Reads NumPy's <c>.npy</c> format (NEP 1), versions 1.0 to 3.0, and writes version 1.0, little-endian and in C order.
/// </summary>
public static partial class NpyFile
{
    /// <summary>Descriptor of <c>uint8</c>.</summary>
    public const string UInt8 = "|u1";

    /// <summary>Descriptor of <c>int64</c>.</summary>
    public const string Int64 = "<i8";

    /// <summary>Descriptor of <c>float32</c>.</summary>
    public const string Float32 = "<f4";

    /// <summary>Descriptor of <c>float64</c>.</summary>
    public const string Float64 = "<f8";

    private const string RecreateDataset = "Recreate the dataset.";

    // Before the version.
    private const int MagicBytes = 6;

    // NumPy itself reads headers of up to 10,000 bytes.
    private const int MaxHeaderBytes = 1 << 20;

    // Of version 1.0.
    private static readonly byte[] s_magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Returns a header, padded so that the values start at a multiple of 64 bytes.</summary>
    /// <param name="descriptor">NumPy's type string, or its list of fields for a structured array.</param>
    /// <param name="shape">Length of each axis.</param>
    public static byte[] MakeHeader(string descriptor, params ReadOnlySpan<long> shape)
    {
        var lengths = new string[shape.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = shape[i].ToString(CultureInfo.InvariantCulture);
        }

        var tuple = lengths.Length == 1 ? lengths[0] + "," : string.Join(", ", lengths);
        var type = descriptor.StartsWith('[') ? descriptor : $"'{descriptor}'";
        var dictionary = $"{{'descr': {type}, 'fortran_order': False, 'shape': ({tuple}), }}";
        var total = (s_magic.Length + 2 + dictionary.Length + 1 + 63) / 64 * 64;
        var header = new byte[total];
        s_magic.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        header.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(10));
        header[^1] = (byte)'\n';
        return header;
    }

    /// <summary>Reads the header of a file in C order and checks the file's length against it.</summary>
    /// <exception cref="UserErrorException">The file is missing, is not a <c>.npy</c> file in C order, or has the wrong length.</exception>
    public static NpyHeader ReadHeader(string path) => ReadHeader(path, RecreateDataset) is { ColumnMajor: false } header
        ? header
        : throw new UserErrorException($"{path} is in Fortran order; only C order is supported here. {RecreateDataset}");

    /// <summary>Whether a file begins like one. After a power cut, a file can have its length but nothing else.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool HasMagic(string path)
    {
        using var stream = File.OpenRead(path);
        var start = new byte[MagicBytes];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.AsSpan().SequenceEqual(s_magic.AsSpan(0, MagicBytes));
    }

    private static NpyHeader ReadHeader(string path, string remedy)
    {
        try
        {
            using var stream = UntrustedFile.OpenRead(path, remedy);
            var start = new byte[12];
            if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
                || !start.AsSpan(0, MagicBytes).SequenceEqual(s_magic.AsSpan(0, MagicBytes)) || start is not [.., 1 or 2 or 3, 0, _, _, _, _])
            {
                throw new UserErrorException($"{path} is not a .npy file of version 1.0, 2.0 or 3.0. {remedy}");
            }

            var offset = start[6] == 1 ? 10 : 12;
            var length = offset == 10 ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
            if (length > MaxHeaderBytes)
            {
                throw new UserErrorException($"{path} has an unsupported .npy header. {remedy}");
            }

            var text = new byte[length];
            stream.Position = offset;
            stream.ReadExactly(text);
            var match = Dictionary().Match(Encoding.ASCII.GetString(text));
            if (!match.Success)
            {
                throw new UserErrorException($"{path} has an unsupported .npy header. {remedy}");
            }

            var shape = match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(length => long.Parse(length, CultureInfo.InvariantCulture)).ToArray();
            var header = new NpyHeader(match.Groups["descr"].Value, shape, offset + text.Length, match.Groups["order"].Value == "True");
            var expected = checked(header.DataOffset + (header.Count * ItemSize(header.Descriptor, path, remedy)));
            return stream.Length == expected
                ? header
                : throw new UserErrorException($"{path} has {stream.Length} bytes, but {expected} according to its header. {remedy}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OverflowException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} {remedy}", error);
        }
    }

    /// <summary>Writes a one-dimensional <c>int64</c> array atomically.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteInt64(string path, ReadOnlyMemory<long> values) =>
        AtomicFile.Write(path, stream =>
        {
            stream.Write(MakeHeader(Int64, values.Length));
            stream.Write(MemoryMarshal.AsBytes(values.Span));
        });

    /// <summary>Reads a one-dimensional <c>int64</c> array.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about an invalid file.</param>
    /// <exception cref="UserErrorException">The file cannot be read or holds something else.</exception>
    public static long[] ReadInt64(string path, string remedy = RecreateDataset)
    {
        var header = ReadHeader(path, remedy);
        if (header is not { Descriptor: Int64, Shape.Count: 1 })
        {
            throw new UserErrorException(
                $"{path} holds {header.Descriptor} of shape ({string.Join(", ", header.Shape)}); expected a one-dimensional int64 array. {remedy}");
        }

        CheckSize(path, header, remedy);
        var values = new long[header.Count];
        ReadValues(path, header, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Reads a two-dimensional array of <c>float64</c> or <c>float32</c>, in C or Fortran order.</summary>
    /// <returns>The rows.</returns>
    /// <exception cref="UserErrorException">The file cannot be read or holds something else.</exception>
    public static IReadOnlyList<double[]> ReadMatrix(string path)
    {
        const string remedy = "Save a float64 matrix with numpy.save.";
        var header = ReadHeader(path, remedy);
        if (header is not { Descriptor: Float64 or Float32, Shape: [> 0, > 0] })
        {
            throw new UserErrorException(
                $"{path} holds {header.Descriptor} of shape ({string.Join(", ", header.Shape)}); expected a float64 matrix. {remedy}");
        }

        CheckSize(path, header, remedy);
        var values = new double[header.Count];
        if (header.Descriptor == Float64)
        {
            ReadValues(path, header, MemoryMarshal.AsBytes(values.AsSpan()));
        }
        else
        {
            var single = new float[header.Count];
            ReadValues(path, header, MemoryMarshal.AsBytes(single.AsSpan()));
            values = Array.ConvertAll(single, value => (double)value);
        }

        int rows = (int)header.Shape[0], columns = (int)header.Shape[1];
        return [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns)
            .Select(column => values[header.ColumnMajor ? (column * rows) + row : (row * columns) + column]).ToArray())];
    }

    // Values are read as a span of bytes, 8 per value, and the length of a span is an int.
    private static void CheckSize(string path, NpyHeader header, string remedy)
    {
        if (header.Count > int.MaxValue / sizeof(long))
        {
            throw new UserErrorException($"{path} holds {header.Count} values; the maximum is {int.MaxValue / sizeof(long)}. {remedy}");
        }
    }

    private static void ReadValues(string path, NpyHeader header, Span<byte> values)
    {
        using var stream = File.OpenRead(path);
        stream.Position = header.DataOffset;
        stream.ReadExactly(values);
    }

    private static int ItemSize(string descriptor, string path, string remedy) => descriptor switch
    {
        Float32 => 4,
        Float64 => 8,
        _ when IntegerType().IsMatch(descriptor) => descriptor[2] - '0',
        _ => throw new UserErrorException($"{path} holds values of type '{descriptor}'; only integers, <f4 and <f8 are supported. {remedy}"),
    };

    [GeneratedRegex(@"'descr':\s*'(?<descr>[^']+)'.*'fortran_order':\s*(?<order>True|False).*'shape':\s*\((?<shape>(?:[0-9]+(?:, *[0-9]+)*,?)?)\)")]
    private static partial Regex Dictionary();
}
