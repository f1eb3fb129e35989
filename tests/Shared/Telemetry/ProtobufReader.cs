using System.Buffers.Binary;
using System.Text;

namespace Cgh.Tests;

/// <summary>Reads the fields of a protobuf message one after the other. No package on the feed has OTLP's generated types.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;
    private ulong _number;
    private ReadOnlySpan<byte> _content;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Content of a string, bytes or message field.</summary>
    public readonly ReadOnlySpan<byte> Content => _content;

    public readonly string Text => Encoding.UTF8.GetString(_content);

    public readonly string Hex => Convert.ToHexStringLower(_content);

    /// <summary>Value of an integer, enum or bool field.</summary>
    public readonly long Integer => unchecked((long)_number);

    /// <summary>Value of a double field.</summary>
    public readonly double Double => BitConverter.UInt64BitsToDouble(_number);

    /// <summary>Value of a fixed64 field with nanoseconds since 1970.</summary>
    public readonly DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks((long)(_number / 100));

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    /// <exception cref="InvalidDataException">The message is not protobuf.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        Field = (int)(tag >> 3);
        _content = default;
        switch (tag & 7)
        {
            case Varint:
                _number = ReadVarint();
                break;
            case Fixed64:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case Fixed32:
                _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            case Bytes:
                _content = Take((int)ReadVarint());
                break;
            case var type:
                throw new InvalidDataException($"Field {Field} has wire type {type}.");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)_rest.Length)
        {
            throw new InvalidDataException($"Field {Field} is longer than the message.");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A varint has more than ten bytes.");
    }
}
