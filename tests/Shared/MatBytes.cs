using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cgh.Tests;

/// <summary>Writes MATLAB 5 files in either byte order.</summary>
internal sealed class MatBytes(bool bigEndian = false)
{
    /// <summary>A file of variables, each compressed or not.</summary>
    public byte[] File(bool compressed, params byte[][] variables)
    {
        var header = new byte[128];
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(124)).CopyTo(header, 0);
        (bigEndian ? "\x01\x00MI"u8 : "\x00\x01IM"u8).CopyTo(header.AsSpan(124));
        return [.. header, .. variables.SelectMany(variable => compressed ? Compress(variable) : variable)];
    }

    /// <summary>The synsets of ImageNet's devkit.</summary>
    public byte[] Synsets(IEnumerable<(int Id, string Wnid, string Words, int Children)> synsets)
    {
        var rows = synsets.ToList();
        return Structures("synsets", ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children"], [.. rows.Select(synset => new[]
        {
            Numbers("", synset.Id), Text("", synset.Wnid), Text("", synset.Words), Text("", "a gloss"), Numbers("", synset.Children), Numbers(""),
        })]);
    }

    public byte[] Structures(string name, string[] fields, byte[][][] values) => Matrix(name, 2, values.Length, 1,
    [
        .. Element(5, Int32(32)), .. Element(1, fields.SelectMany(field => Encoding.ASCII.GetBytes(field.PadRight(32, '\0'))).ToArray()),
        .. values.SelectMany(value => value.SelectMany(member => member)),
    ]);

    /// <summary>A row of numbers of type double.</summary>
    public byte[] Numbers(string name, params double[] values) => Matrix(name, 6, 1, values.Length, Element(9, values.SelectMany(Double).ToArray()));

    /// <summary>Text as MATLAB stores it: two bytes for each character.</summary>
    public byte[] Text(string name, string text) =>
        Matrix(name, 4, 1, text.Length, Element(4, (bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetBytes(text)));

    public byte[] Matrix(string name, int kind, int rows, int columns, byte[] content) => Element(14,
    [
        .. Element(6, [.. Int32(kind), .. Int32(0)]), .. Element(5, [.. Int32(rows), .. Int32(columns)]), .. Element(1, Encoding.ASCII.GetBytes(name)),
        .. content,
    ]);

    /// <summary>An element, in the short form if it is that short.</summary>
    public byte[] Element(int type, byte[] data) => data.Length is > 0 and <= 4
        ? [.. Int32((data.Length << 16) | type), .. data, .. new byte[4 - data.Length]]
        : [.. Int32(type), .. Int32(data.Length), .. data, .. new byte[-data.Length & 7]];

    public byte[] Compress(byte[] element)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(element);
        }

        return [.. Int32(15), .. Int32((int)output.Length), .. output.ToArray()];
    }

    private byte[] Int32(int value)
    {
        var bytes = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        }

        return bytes;
    }

    private byte[] Double(double value)
    {
        var bytes = BitConverter.GetBytes(value);
        return bigEndian ? [.. bytes.Reverse()] : bytes;
    }
}
