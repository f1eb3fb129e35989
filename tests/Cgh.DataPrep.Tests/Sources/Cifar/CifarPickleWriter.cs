using System.Buffers.Binary;
using System.Text;

namespace Cgh.DataPrep.Tests.Sources.Cifar;

/// <summary>Writes pickles as Python 2 wrote CIFAR's: protocol 2, byte strings, memo entries from 1.</summary>
internal sealed class CifarPickleWriter
{
    private readonly MemoryStream _bytes = new();
    private int _memo = 1;

    public CifarPickleWriter() => Raw(0x80, 2);

    public byte[] Bytes => [.. _bytes.ToArray(), (byte)'.'];

    public static byte[] Dictionary(params (string Key, Func<CifarPickleWriter, CifarPickleWriter> Value)[] entries)
    {
        var pickle = new CifarPickleWriter().Op('}').Memo().Op('(');
        foreach (var (key, value) in entries)
        {
            value(pickle.Text(key).Memo());
        }

        return pickle.Op('u').Bytes;
    }

    public CifarPickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public CifarPickleWriter Op(char opcode) => Raw((byte)opcode);

    public CifarPickleWriter Text(string text) => Op('U').Raw((byte)text.Length).Raw(Encoding.ASCII.GetBytes(text));

    public CifarPickleWriter Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return number is >= 0 and < 256 ? Op('K').Raw((byte)number) : number is >= 0 and < 65536 ? Op('M').Raw(bytes[..2]) : Op('J').Raw(bytes);
    }

    public CifarPickleWriter Numbers(IEnumerable<int> numbers)
    {
        Op(']').Memo().Op('(');
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Op('e');
    }

    public CifarPickleWriter Texts(IEnumerable<string> texts)
    {
        Op(']').Memo().Op('(');
        foreach (var text in texts)
        {
            Text(text).Memo();
        }

        return Op('e');
    }

    public CifarPickleWriter Global(string module, string name) => Op('c').Raw(Encoding.ASCII.GetBytes($"{module}\n{name}\n")).Memo();

    /// <summary>An array as NumPy pickles it.</summary>
    public CifarPickleWriter Array(byte[] bytes, int rows, int columns, string type = "u1")
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Number(0).Raw(0x85).Text("b").Raw(0x87).Op('R').Memo();
        Op('(').Number(1).Number(rows).Number(columns).Raw(0x86);
        Global("numpy", "dtype").Text(type).Number(0).Number(1).Raw(0x87).Op('R').Memo();
        Op('(').Number(3).Text("|").Op('N').Op('N').Op('N').Number(-1).Number(-1).Number(0).Op('t').Op('b');
        return Raw(0x89).Op('T').Raw(length).Raw(bytes).Op('t').Op('b');
    }

    private CifarPickleWriter Memo() => Op('q').Raw((byte)Math.Min(_memo, 255)) is var self && ++_memo > 0 ? self : this;
}
