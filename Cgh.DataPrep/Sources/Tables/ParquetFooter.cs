using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>Where a column of a row group is in a Parquet file.</summary>
/// <param name="Start">Offset of its first page.</param>
/// <param name="Length">Length of its pages in the file.</param>
/// <param name="Values">Number of values, including nulls.</param>
/// <param name="IsCompressed">Whether its pages are compressed.</param>
internal readonly record struct ParquetChunk(long Start, long Length, long Values, bool IsCompressed);

/// <summary>
/// Reads as much of a Parquet file's footer as is needed to check it before the library opens the file: that follows the schema's nesting without a limit,
/// until the stack overflows.
/// </summary>
internal static class ParquetFooter
{
    private const int MaxBytes = 64 << 20;
    private const int MaxSchemaDepth = 32;
    private const int TailBytes = 8;

    /// <summary>Reads the row groups with their columns.</summary>
    /// <exception cref="InvalidDataException">The footer is damaged; the message says how.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    public static IReadOnlyList<IReadOnlyList<ParquetChunk>> Read(SafeFileHandle file, long length)
    {
        var tail = ParquetPages.Read(file, length - TailBytes, TailBytes);
        if (tail.Length < TailBytes || !tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException(tail.Length == TailBytes && tail[4..].SequenceEqual("PARE"u8)
                ? "its footer is encrypted"
                : "it does not end like one, so it was cut or is not complete");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (size > length - TailBytes || size > MaxBytes)
        {
            throw new InvalidDataException($"it claims a footer of {size} bytes");
        }

        var footer = new ThriftReader(ParquetPages.Read(file, length - TailBytes - size, (int)size));
        var groups = new List<List<ParquetChunk>>();
        for (var id = 0; footer.NextField(ref id, out var type);)
        {
            if (id == 4 && type == ThriftReader.List)
            {
                for (var count = footer.ListOf(out var element); count > 0; count--)
                {
                    groups.Add(element == ThriftReader.Struct ? ReadGroup(ref footer) : throw new InvalidDataException("its row groups are no structures"));
                }
            }
            else if (id == 2 && type == ThriftReader.List)
            {
                CheckSchema(ref footer);
            }
            else
            {
                footer.Skip(type);
            }
        }

        return groups.TrueForAll(group => group.TrueForAll(chunk => chunk.Start >= 0 && chunk.Length >= 0 && chunk.Start <= length - chunk.Length))
            ? groups
            : throw new InvalidDataException("a column is outside of the file");
    }

    // Elements are in the order of a walk through the tree; each says how many children follow.
    private static void CheckSchema(ref ThriftReader footer)
    {
        var open = new Stack<long>();
        for (var count = footer.ListOf(out var element); count > 0; count--)
        {
            var children = element == ThriftReader.Struct ? ReadChildren(ref footer) : throw new InvalidDataException("its schema is no list of structures");
            while (open.TryPeek(out var left) && left <= 0)
            {
                open.Pop();
            }

            if (open.TryPop(out var siblings))
            {
                open.Push(siblings - 1);
            }

            open.Push(children);
            if (open.Count > MaxSchemaDepth)
            {
                throw new InvalidDataException("its schema is nested too deeply");
            }
        }
    }

    private static long ReadChildren(ref ThriftReader footer)
    {
        var children = 0L;
        for (var id = 0; footer.NextField(ref id, out var type);)
        {
            if (id == 5)
            {
                children = footer.Integer();
            }
            else
            {
                footer.Skip(type);
            }
        }

        return children;
    }

    private static List<ParquetChunk> ReadGroup(ref ThriftReader footer)
    {
        var chunks = new List<ParquetChunk>();
        for (var id = 0; footer.NextField(ref id, out var type);)
        {
            if (id == 1 && type == ThriftReader.List)
            {
                for (var count = footer.ListOf(out var element); count > 0; count--)
                {
                    chunks.Add(element == ThriftReader.Struct ? ReadChunk(ref footer) : throw new InvalidDataException("its columns are no structures"));
                }
            }
            else
            {
                footer.Skip(type);
            }
        }

        return chunks;
    }

    private static ParquetChunk ReadChunk(ref ThriftReader footer)
    {
        var (codec, values, length, data, dictionary) = (0L, 0L, 0L, 0L, 0L);
        for (var id = 0; footer.NextField(ref id, out var type);)
        {
            if (id == 1)
            {
                throw new InvalidDataException("it keeps columns in other files");
            }

            if (id != 3 || type != ThriftReader.Struct)
            {
                footer.Skip(type);
                continue;
            }

            for (var inner = 0; footer.NextField(ref inner, out var field);)
            {
                switch (inner)
                {
                    case 4:
                        codec = footer.Integer();
                        break;
                    case 5:
                        values = footer.Integer();
                        break;
                    case 7:
                        length = footer.Integer();
                        break;
                    case 9:
                        data = footer.Integer();
                        break;
                    case 11:
                        dictionary = footer.Integer();
                        break;
                    default:
                        footer.Skip(field);
                        break;
                }
            }
        }

        return new ParquetChunk(dictionary > 0 && dictionary < data ? dictionary : data, length, values, codec != 0);
    }
}
