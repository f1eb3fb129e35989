using System.Text;
using System.Text.Unicode;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>A header of a tar: one block of 512 bytes. Reads the formats v7, ustar, GNU and pax.</summary>
internal readonly ref struct TarHeader
{
    public const int BlockBytes = 512;

    private const int ChecksumStart = 148;
    private const int ChecksumBytes = 8;
    private const int TypeAt = 156;

    private readonly ReadOnlySpan<byte> _block;

    /// <exception cref="ArchiveException">The checksum or the size is wrong.</exception>
    public TarHeader(ReadOnlySpan<byte> block, long position)
    {
        _block = block;
        if (!HasValidChecksum(block))
        {
            throw ArchiveException.Damaged(
                position == 0 ? "is not a tar archive" : $"is damaged: the header at byte {position} has a wrong checksum");
        }

        Length = ReadNumber(block.Slice(124, 12))
            ?? throw ArchiveException.Damaged($"is damaged: the header at byte {position} has an invalid size");
    }

    public long Length { get; }

    public char Type => (char)_block[TypeAt];

    public string Name
    {
        get
        {
            var name = Text(_block[..100]);

            // Only ustar: GNU has times in the place of the prefix.
            return _block.Slice(257, 6).SequenceEqual("ustar\0"u8) && Text(_block.Slice(345, 155)) is { Length: > 0 } prefix ? $"{prefix}/{name}" : name;
        }
    }

    /// <summary>Whether a GNU sparse file has further blocks of its map before the data.</summary>
    public bool HasMoreSparseMap => _block[482] != 0;

    public static bool IsEnd(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>Text up to the first NUL: UTF-8, or Latin-1 if it is not valid UTF-8. Latin-1 maps different bytes to different names.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        bytes = end < 0 ? bytes : bytes[..end];
        return (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }

    /// <summary>
    /// An octal number, or a binary one if the highest bit is set (GNU, for 8 GiB and more). Null if it is neither, negative, or absurdly large.
    /// </summary>
    private static long? ReadNumber(ReadOnlySpan<byte> field)
    {
        const long Max = 1L << 60;
        var value = 0L;
        if (field[0] == 0x80)
        {
            foreach (var part in field[1..])
            {
                if (value > Max >> 8)
                {
                    return null;
                }

                value = (value << 8) | part;
            }

            return value;
        }

        var digits = field.TrimStart((byte)' ');
        var end = digits.IndexOfAny((byte)0, (byte)' ');
        foreach (var digit in end < 0 ? digits : digits[..end])
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return null;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    // Some old programs summed signed bytes.
    private static bool HasValidChecksum(ReadOnlySpan<byte> block)
    {
        var (unsigned, signed) = (ChecksumBytes * ' ', ChecksumBytes * ' ');
        for (var i = 0; i < block.Length; i++)
        {
            if (i is < ChecksumStart or >= ChecksumStart + ChecksumBytes)
            {
                unsigned += block[i];
                signed += (sbyte)block[i];
            }
        }

        return ReadNumber(block.Slice(ChecksumStart, ChecksumBytes)) is { } sum && (sum == unsigned || sum == signed);
    }
}
