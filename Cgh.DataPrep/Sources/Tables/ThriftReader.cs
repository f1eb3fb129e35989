namespace Cgh.DataPrep.Sources.Tables;

/// <summary>Reads Thrift's compact protocol as far as the guard of Parquet files needs it: field by field, with bounded depth.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    public const int List = 9;
    public const int Struct = 12;

    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>Number of bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the header of a structure's next field.</summary>
    /// <param name="id">Number of the previous field, 0 before the first; receives that of this field.</param>
    /// <param name="type">Receives its type.</param>
    /// <returns>False at the end of the structure.</returns>
    public bool NextField(ref int id, out int type)
    {
        var head = Byte();
        type = head & 15;
        if (type == 0)
        {
            return false;
        }

        id = head >> 4 is > 0 and var step ? id + step : checked((int)Integer());
        return true;
    }

    /// <summary>Reads the header of a list: the number of elements, and their type.</summary>
    public int ListOf(out int type)
    {
        var head = Byte();
        type = head & 15;
        var count = head >> 4 is < 15 and var few ? (ulong)few : Varint();

        // An element has at least one byte.
        return count <= (ulong)(_data.Length - Position) ? (int)count : throw new InvalidDataException("a list is longer than the file");
    }

    /// <summary>Reads an integer of any size.</summary>
    public long Integer()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Skips a value.</summary>
    public void Skip(int type, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException("its structures are nested too deeply");
        }

        switch (type)
        {
            case 1 or 2:
                break;
            case 3:
                Byte();
                break;
            case 4 or 5 or 6:
                Varint();
                break;
            case 7:
                Advance(8);
                break;
            case 8:
                Advance(Varint());
                break;
            case 9 or 10:
                for (var (count, element) = (ListOf(out var of), of); count > 0; count--)
                {
                    SkipElement(element, depth);
                }

                break;
            case 11 when Varint() is > 0 and var pairs:
                var types = Byte();
                for (; pairs > 0; pairs--)
                {
                    SkipElement(types >> 4, depth);
                    SkipElement(types & 15, depth);
                }

                break;
            case 11:
                break;
            case Struct:
                for (var id = 0; NextField(ref id, out var field);)
                {
                    Skip(field, depth + 1);
                }

                break;
            default:
                throw new InvalidDataException($"it has a value of unknown type {type}");
        }
    }

    // Booleans have a byte of their own in lists and maps.
    private void SkipElement(int type, int depth)
    {
        if (type is 1 or 2)
        {
            Byte();
        }
        else
        {
            Skip(type, depth + 1);
        }
    }

    private void Advance(ulong count) => Position = count <= (ulong)(_data.Length - Position) ? Position + (int)count : throw new EndOfStreamException();

    private byte Byte() => Position < _data.Length ? _data[Position++] : throw new EndOfStreamException();

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            if (shift == 63 && next > 1)
            {
                throw new InvalidDataException("a number is too large");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
