using System.Text;

namespace Cgh.DataPrep.Tests.Archives;

/// <summary>Writes a tar block by block, so that a test can write what no program would.</summary>
internal sealed class RawTar
{
    private readonly MemoryStream _bytes = new();

    /// <summary>Adds an entry of a type, with a size field that may be wrong, and a last change to the header before its checksum is computed.</summary>
    public RawTar Add(
        string name, ReadOnlySpan<byte> data = default, char type = '0', string? size = null, string magic = "ustar\0", Action<byte[]>? change = null)
    {
        var header = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.Latin1.GetBytes(size ?? $"{Convert.ToString(data.Length, 8).PadLeft(11, '0')}\0").CopyTo(header, 124);
        header[156] = (byte)type;
        Encoding.ASCII.GetBytes(magic).CopyTo(header, 257);
        change?.Invoke(header);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        return AddBytes(header).AddBytes(data).AddBytes(new byte[-data.Length & 511]);
    }

    /// <summary>Adds a pax header with one record.</summary>
    public RawTar AddPax(string key, string value)
    {
        var body = $" {key}={value}\n";
        var length = Encoding.UTF8.GetByteCount(body);
        while ($"{length}".Length + Encoding.UTF8.GetByteCount(body) != length)
        {
            length = $"{length}".Length + Encoding.UTF8.GetByteCount(body);
        }

        return Add("PaxHeader", Encoding.UTF8.GetBytes($"{length}{body}"), 'x');
    }

    public RawTar AddBytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>The archive with its end marker.</summary>
    public byte[] End() => AddBytes(new byte[1024]).ToArray();

    /// <summary>The archive as it is.</summary>
    public byte[] ToArray() => _bytes.ToArray();
}
