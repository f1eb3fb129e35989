using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>
/// The first frame of a GIF as Pillow shows it: transparent pixels keep the colour of their index, which Skia does not decode.
/// </summary>
internal sealed class GifDecoder : ImageDecoder
{
    private const byte Extension = (byte)'!', Frame = (byte)',', Trailer = (byte)';';
    private const byte GraphicControl = 0xf9;

    // A code of 12 bits stands for up to 4,096 pixels.
    private const int MaxRatio = 4096 * 8 / 12;

    private readonly EncodedFile _file;
    private readonly Palette _palette = new();
    private readonly int _transparent;
    private readonly int _left, _top, _columns, _rows;
    private readonly bool _isInterlaced;
    private readonly int _data;

    public GifDecoder(EncodedFile file)
    {
        _file = file;
        ReadOnlySpan<byte> bytes = file.Bytes;
        var at = 6;
        var screen = Take(bytes, ref at, 7);
        TakePalette(bytes, ref at, screen[4]);
        while (Take(bytes, ref at, 1)[0] is var kind && kind != Frame)
        {
            if (kind == Trailer)
            {
                throw new UnreadableImageException("holds no frame");
            }

            if (kind == Extension)
            {
                var label = Take(bytes, ref at, 1)[0];
                var isFirst = true;
                for (; Take(bytes, ref at, 1)[0] is > 0 and var length; isFirst = false)
                {
                    var block = Take(bytes, ref at, length);
                    if (isFirst && label == GraphicControl && block.Length > 3 && (block[0] & 1) != 0)
                    {
                        _transparent = block[3];
                    }
                }
            }
        }

        var frame = Take(bytes, ref at, 9);
        (_left, _top, _columns, _rows) = (U16(frame), U16(frame[2..]), U16(frame[4..]), U16(frame[6..]));
        _isInterlaced = (frame[8] & 64) != 0;
        TakePalette(bytes, ref at, frame[8]);
        _data = at;

        // As in Pillow, a frame that reaches beyond the screen extends it.
        SetSize(Math.Max(U16(screen), _left + _columns), Math.Max(U16(screen[2..]), _top + _rows));
        ImageLimits.CheckLength((long)_columns * _rows, bytes.Length - _data, MaxRatio);
    }

    public override void Decode(Span<byte> rgba)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(rgba)[..(Width * Height)];
        pixels.Fill(_palette[_transparent]);
        var reader = new LzwReader(_file.Bytes[_data..]);
        foreach (var (start, step) in _isInterlaced ? (ReadOnlySpan<(int, int)>)[(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)])
        {
            for (var row = start; row < _rows; row += step)
            {
                var line = pixels.Slice(((_top + row) * Width) + _left, _columns);
                for (var column = 0; column < line.Length; column++)
                {
                    line[column] = _palette[reader.Next()];
                }
            }
        }
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        if (bytes.Length - at < count)
        {
            throw new UnreadableImageException("truncated");
        }

        at += count;
        return bytes.Slice(at - count, count);
    }

    private void TakePalette(ReadOnlySpan<byte> bytes, ref int at, byte flags)
    {
        if ((flags & 128) != 0)
        {
            _palette.SetRgb(Take(bytes, ref at, 6 << (flags & 7)));
        }
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>Expands the blocks of a frame, one colour index at a time.</summary>
    private ref struct LzwReader
    {
        private const int MaxBits = 12;
        private const int TableSize = 1 << MaxBits;

        private readonly ReadOnlySpan<byte> _bytes;
        private readonly ushort[] _links = new ushort[TableSize];
        private readonly byte[] _values = new byte[TableSize];
        private readonly byte[] _pending = new byte[TableSize + 1];
        private readonly int _clear;
        private int _at = 1;
        private int _block;
        private uint _bits;
        private int _bitCount;
        private int _codeBits;
        private int _next;
        private int _last = -1;
        private byte _lastValue;
        private int _pendingCount;

        public LzwReader(ReadOnlySpan<byte> bytes)
        {
            _bytes = bytes;
            if (bytes is not [>= 1 and < MaxBits and var bits, ..])
            {
                throw new UnreadableImageException(bytes.IsEmpty ? "truncated" : "damaged");
            }

            _clear = 1 << bits;
            Clear();
        }

        public byte Next()
        {
            while (_pendingCount == 0)
            {
                var code = ReadCode();
                if (code == _clear)
                {
                    Clear();
                }
                else if (code == _clear + 1)
                {
                    throw new UnreadableImageException("truncated");
                }
                else
                {
                    Expand(code);
                }
            }

            return _pending[--_pendingCount];
        }

        private void Clear()
        {
            _codeBits = Log2(_clear) + 1;
            _next = _clear + 2;
            _last = -1;
        }

        private static int Log2(int value) => System.Numerics.BitOperations.Log2((uint)value);

        private int ReadCode()
        {
            while (_bitCount < _codeBits)
            {
                if (_block == 0)
                {
                    _block = ReadByte();
                    if (_block == 0)
                    {
                        throw new UnreadableImageException("truncated");
                    }
                }

                _bits |= (uint)ReadByte() << _bitCount;
                _bitCount += 8;
                _block--;
            }

            var code = (int)(_bits & ((1u << _codeBits) - 1));
            _bits >>= _codeBits;
            _bitCount -= _codeBits;
            return code;
        }

        private byte ReadByte() => _at < _bytes.Length ? _bytes[_at++] : throw new UnreadableImageException("truncated");

        // Pushes the string of a code, last value first, and adds the previous string with this one's first value to the table.
        private void Expand(int code)
        {
            if (code > (_last < 0 ? _clear : _next) || code >= TableSize)
            {
                throw new UnreadableImageException("damaged");
            }

            var rest = code;
            if (_last >= 0 && code == _next)
            {
                _pending[_pendingCount++] = _lastValue;
                rest = _last;
            }

            for (; rest >= _clear; rest = _links[rest])
            {
                _pending[_pendingCount++] = _values[rest];
            }

            _lastValue = (byte)rest;
            _pending[_pendingCount++] = _lastValue;
            if (_last >= 0 && _next < TableSize)
            {
                (_links[_next], _values[_next]) = ((ushort)_last, _lastValue);
                if (_next == (1 << _codeBits) - 1 && _codeBits < MaxBits)
                {
                    _codeBits++;
                }

                _next++;
            }

            _last = code;
        }
    }
}
