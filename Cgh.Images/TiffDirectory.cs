using System.Buffers.Binary;

namespace Cgh.Images;

/// <summary>
/// The first directory of a TIFF file. Reading it also rewrites it in place, with only the entries that the pixels need and with none that
/// points outside the file, so that the library never sees any other.
/// </summary>
internal sealed class TiffDirectory
{
    public const int Width = 256, Height = 257, Bits = 258, Compression = 259, Photometric = 262, FillOrder = 266, StripOffsets = 273, Orientation = 274,
        Samples = 277, RowsPerStrip = 278, StripBytes = 279, Planar = 284, Fax3Options = 292, Fax4Options = 293, Predictor = 317, ColourMap = 320,
        TileWidth = 322, TileHeight = 323, TileOffsets = 324, TileBytes = 325, ExtraSamples = 338, SampleFormat = 339, JpegTables = 347,
        YcbcrCoefficients = 529, YcbcrSubsampling = 530, YcbcrPositioning = 531, ReferenceBlackWhite = 532;

    private const int HeaderBytes = 8;
    private const int EntryBytes = 12;
    private const int MaxValues = 1 << 20;

    private static readonly HashSet<int> s_needed =
    [
        Width, Height, Bits, Compression, Photometric, FillOrder, StripOffsets, Samples, RowsPerStrip, StripBytes, Planar, Fax3Options, Fax4Options,
        Predictor, ColourMap, TileWidth, TileHeight, TileOffsets, TileBytes, ExtraSamples, SampleFormat, JpegTables, YcbcrCoefficients, YcbcrSubsampling,
        YcbcrPositioning, ReferenceBlackWhite,
    ];

    private readonly bool _isLittle;
    private readonly Dictionary<int, uint[]> _values = [];

    public TiffDirectory(EncodedFile file)
    {
        var bytes = file.Bytes;
        _isLittle = bytes[0] == 'I';
        var start = bytes.Length < HeaderBytes ? uint.MaxValue : U32(bytes[4..]);
        if (start < HeaderBytes || start > bytes.Length - 2)
        {
            throw new UnreadableImageException("truncated");
        }

        var entries = bytes[((int)start + 2)..];
        var count = U16(bytes[(int)start..]);
        if (entries.Length < (count * EntryBytes) + 4)
        {
            throw new UnreadableImageException("truncated");
        }

        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var entry = entries.Slice(i * EntryBytes, EntryBytes);
            var tag = U16(entry);
            if (tag == Orientation)
            {
                // Not kept: the library would turn some kinds of image and not others.
                TryRead(bytes, entry, tag);
            }
            else if (s_needed.Contains(tag) && !_values.ContainsKey(tag))
            {
                if (!TryRead(bytes, entry, tag))
                {
                    throw new UnreadableImageException("truncated");
                }

                entry.CopyTo(entries[(kept * EntryBytes)..]);
                kept++;
            }
        }

        // No further directory.
        entries.Slice(kept * EntryBytes, 4).Clear();
        WriteU16(bytes[(int)start..], (ushort)kept);
    }

    /// <summary>The first value of an entry.</summary>
    public uint this[int tag, uint otherwise] => _values.TryGetValue(tag, out var values) && values.Length > 0 ? values[0] : otherwise;

    /// <summary>All values of an entry, none if it is missing.</summary>
    public ReadOnlySpan<uint> All(int tag) => _values.GetValueOrDefault(tag);

    private bool TryRead(ReadOnlySpan<byte> file, ReadOnlySpan<byte> entry, int tag)
    {
        var size = U16(entry[2..]) switch
        {
            1 or 2 or 6 or 7 => 1,
            3 or 8 => 2,
            4 or 9 or 11 => 4,
            5 or 10 or 12 => 8,
            _ => 0,
        };
        var count = U32(entry[4..]);
        if (count > MaxValues)
        {
            throw new UnreadableImageException($"a TIFF with {count} values of tag {tag} is not supported");
        }

        var bytes = (long)count * size;
        var at = U32(entry[8..]);
        if (size == 0 || (bytes > 4 && at + bytes > file.Length))
        {
            return false;
        }

        var data = bytes <= 4 ? entry.Slice(8, (int)bytes) : file.Slice((int)at, (int)bytes);
        var values = new uint[size == 8 ? 0 : count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = size switch
            {
                1 => data[i],
                2 => U16(data[(i * 2)..]),
                _ => U32(data[(i * 4)..]),
            };
        }

        _values[tag] = values;
        return true;
    }

    private ushort U16(ReadOnlySpan<byte> data) =>
        _isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(data) : BinaryPrimitives.ReadUInt16BigEndian(data);

    private uint U32(ReadOnlySpan<byte> data) =>
        _isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(data) : BinaryPrimitives.ReadUInt32BigEndian(data);

    private void WriteU16(Span<byte> data, ushort value)
    {
        if (_isLittle)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(data, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(data, value);
        }
    }
}
