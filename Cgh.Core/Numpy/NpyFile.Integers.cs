using System.Globalization;
using System.Text.RegularExpressions;

namespace Cgh.Core.Numpy;

public static partial class NpyFile
{
    /// <summary>Reads a one-dimensional array of integers of any type: signed or unsigned, of 1 to 8 bytes, little-endian or big-endian.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="remedy">Last sentence of the error message: what the user can do about an invalid file.</param>
    /// <exception cref="UserErrorException">The file cannot be read, holds something else, or a value above that of an int64.</exception>
    public static long[] ReadIntegers(string path, string remedy)
    {
        var header = ReadHeader(path, remedy);
        if (header.Shape.Count != 1 || !IntegerType().IsMatch(header.Descriptor))
        {
            throw new UserErrorException(
                $"{path} holds {header.Descriptor} of shape ({string.Join(", ", header.Shape)}); expected a one-dimensional array of integers. {remedy}");
        }

        CheckSize(path, header, remedy);
        var size = ItemSize(header.Descriptor, path, remedy);
        var bytes = new byte[header.Count * size];
        ReadValues(path, header, bytes);
        var values = new long[header.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Integer(bytes.AsSpan(i * size, size), header.Descriptor) ?? throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture, $"{path}: the value in row {i} (counting from 0) is above {long.MaxValue}. {remedy}"));
        }

        return values;
    }

    // Null if it does not fit.
    private static long? Integer(ReadOnlySpan<byte> bytes, string descriptor)
    {
        var (isBigEndian, isSigned) = (descriptor[0] == '>', descriptor[1] == 'i');
        var value = 0UL;
        for (var i = 0; i < bytes.Length; i++)
        {
            value = (value << 8) | bytes[isBigEndian ? i : bytes.Length - 1 - i];
        }

        var unused = 64 - (8 * bytes.Length);
        return isSigned ? (long)(value << unused) >> unused : value <= long.MaxValue ? (long)value : null;
    }

    [GeneratedRegex("^[<>|][iu][1248]$")]
    private static partial Regex IntegerType();
}
