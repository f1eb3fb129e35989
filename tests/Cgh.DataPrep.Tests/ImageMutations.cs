using System.Buffers.Binary;

namespace Cgh.DataPrep.Tests;

/// <summary>Damages files in ways that decoders are known to be sensitive to. The same seed gives the same files.</summary>
internal sealed class ImageMutations(int seed)
{
    private static readonly uint[] s_extremes = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x00ffffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];

    private readonly Random _random = new(seed);

    /// <summary>Returns a copy with one to four changes.</summary>
    public byte[] Next(ReadOnlySpan<byte> file)
    {
        var bytes = file.ToArray();
        for (var change = _random.Next(4); change >= 0 && bytes.Length > 1; change--)
        {
            bytes = Change(bytes);
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes)
    {
        switch (_random.Next(7))
        {
            case 0:
                return bytes[.._random.Next(bytes.Length)];
            case 1:
                bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 2:
                bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
                return bytes;
            case 3:
                // Headers and dimensions: extreme numbers near the beginning, in either byte order.
                WriteExtreme(bytes.AsSpan(_random.Next(Math.Min(bytes.Length, 128))));
                return bytes;
            case 4:
                WriteExtreme(bytes.AsSpan(_random.Next(bytes.Length)));
                return bytes;
            case 5:
                // Chunks that change places, or come twice.
                var length = _random.Next(1, Math.Min(bytes.Length, 64) + 1);
                bytes.AsSpan(_random.Next(bytes.Length - length + 1), length).ToArray().CopyTo(bytes.AsSpan(_random.Next(bytes.Length - length + 1)));
                return bytes;
            default:
                var at = _random.Next(bytes.Length);
                var removed = Math.Min(_random.Next(1, 16), bytes.Length - at);
                return [.. bytes[..at], .. bytes[(at + removed)..]];
        }
    }

    private void WriteExtreme(Span<byte> target)
    {
        var value = s_extremes[_random.Next(s_extremes.Length)];
        switch (_random.Next(4))
        {
            case 0 when target.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(target, value);
                break;
            case 1 when target.Length >= 4:
                BinaryPrimitives.WriteUInt32BigEndian(target, value);
                break;
            case 2 when target.Length >= 2:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
                break;
            default:
                target[0] = (byte)value;
                break;
        }
    }
}
