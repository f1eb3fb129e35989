using System.Buffers.Binary;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>How the data of an element is stored. The numbers are those of the format.</summary>
internal enum MatType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
    Utf8 = 16,
    Utf16 = 17,
}

/// <summary>An element of a MATLAB 5 file: a type, a length, data.</summary>
internal readonly ref struct MatElement
{
    private const int TagBytes = 8;

    private readonly bool _bigEndian;

    private MatElement(MatType type, ReadOnlySpan<byte> data, bool bigEndian)
    {
        Type = type;
        Data = data;
        _bigEndian = bigEndian;
    }

    public MatType Type { get; }

    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Reads an element and moves <paramref name="data"/> behind it.</summary>
    /// <exception cref="ArchiveException">It does not fit into the data.</exception>
    public static MatElement Read(scoped ref ReadOnlySpan<byte> data, bool bigEndian)
    {
        if (data.Length < TagBytes)
        {
            throw Damaged();
        }

        var first = UInt32(data, bigEndian);

        // A small element has its length in the upper half and up to 4 bytes of data in its tag.
        if (first >> 16 is > 0 and var small)
        {
            if (small > 4)
            {
                throw Damaged();
            }

            var element = new MatElement((MatType)(first & 0xFFFF), data.Slice(4, (int)small), bigEndian);
            data = data[TagBytes..];
            return element;
        }

        var length = UInt32(data[4..], bigEndian);
        if (length > data.Length - TagBytes)
        {
            throw Damaged();
        }

        var content = data.Slice(TagBytes, (int)length);
        var padding = (MatType)first == MatType.Compressed ? 0 : (int)(-length & 7);
        data = data[Math.Min(data.Length, TagBytes + (int)length + padding)..];
        return new MatElement((MatType)first, content, bigEndian);
    }

    /// <summary>The data as numbers.</summary>
    public double[] ToNumbers()
    {
        var size = Type switch
        {
            MatType.Int8 or MatType.UInt8 => 1,
            MatType.Int16 or MatType.UInt16 => 2,
            MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
            MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
            _ => throw Damaged(),
        };
        if (Data.Length % size != 0)
        {
            throw Damaged();
        }

        var numbers = new double[Data.Length / size];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Number(Data.Slice(i * size, size));
        }

        return numbers;
    }

    /// <summary>The data as text.</summary>
    public string ToText()
    {
        if (Type is not (MatType.UInt16 or MatType.Utf16))
        {
            return Type is MatType.Int8 or MatType.UInt8 or MatType.Utf8 ? TarHeader.Text(Data) : throw Damaged();
        }

        var text = new char[Data.Length / 2];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (char)(_bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(Data[(2 * i)..]) : BinaryPrimitives.ReadUInt16LittleEndian(Data[(2 * i)..]));
        }

        return new string(text);
    }

    public static ArchiveException Damaged() => ArchiveException.Damaged("is damaged");

    private static uint UInt32(ReadOnlySpan<byte> data, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt32LittleEndian(data);

    private double Number(ReadOnlySpan<byte> value)
    {
        var bits = 0UL;
        for (var i = 0; i < value.Length; i++)
        {
            bits = (bits << 8) | value[_bigEndian ? i : value.Length - 1 - i];
        }

        return Type switch
        {
            MatType.Int8 => (sbyte)bits,
            MatType.Int16 => (short)bits,
            MatType.Int32 => (int)bits,
            MatType.Int64 => (long)bits,
            MatType.Single => BitConverter.UInt32BitsToSingle((uint)bits),
            MatType.Double => BitConverter.UInt64BitsToDouble(bits),
            _ => bits,
        };
    }
}
