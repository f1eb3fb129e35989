using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Writes pickles and .pth files, both valid and hostile ones.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public PickleWriter() => Raw(0x80, 2);

    public byte[] Bytes => [.. _bytes.ToArray(), (byte)'.'];

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Raw((byte)opcode);

    public PickleWriter Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op('X').Raw(length).Raw(bytes);
    }

    public PickleWriter Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw(0x8a, 8).Raw(bytes);
    }

    public PickleWriter Global(string module, string name) => Op('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>Writes a tensor of the storage <paramref name="key"/> like torch.save.</summary>
    public PickleWriter Tensor(string key, long stored, long offset, long[] shape, long[] strides, string storage = "FloatStorage")
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(stored).Op('t').Op('Q');
        Number(offset).Tuple(shape).Tuple(strides).Raw(0x89);
        return Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    /// <summary>Writes a dictionary with one entry, whose value is written by <paramref name="value"/>.</summary>
    public PickleWriter Dictionary(string key, Func<PickleWriter, PickleWriter> value) => value(Op('}').Op('(').Text(key)).Op('u');

    /// <summary>Creates a file in PyTorch's zip format.</summary>
    public static byte[] File(byte[] pickle, IEnumerable<(string Key, byte[] Numbers)> storages, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "archive/data.pkl", pickle, CompressionLevel.NoCompression);
            Add(zip, "archive/byteorder", "little"u8.ToArray(), CompressionLevel.NoCompression);
            foreach (var (key, numbers) in storages)
            {
                Add(zip, $"archive/data/{key}", numbers, level);
            }

            Add(zip, "archive/version", "3\n"u8.ToArray(), CompressionLevel.NoCompression);
        }

        return file.ToArray();
    }

    /// <summary>Creates a file as torch.save wrote it before PyTorch 1.6.</summary>
    public static byte[] LegacyFile(byte[] pickle, IReadOnlyList<(string Key, long Count, byte[] Numbers)> storages)
    {
        var keys = new PickleWriter().Op(']').Op('(');
        foreach (var (key, _, _) in storages)
        {
            keys.Text(key);
        }

        var machine = new PickleWriter().Op('}').Op('(').Text("protocol_version").Number(1001).Text("little_endian").Raw(0x88).Op('u');
        return
        [
            .. new PickleWriter().Raw(0x8a, 10).Raw(Convert.FromHexString("6cfc9c46f9206aa85019")).Bytes,
            .. new PickleWriter().Raw((byte)'M', 0xe9, 0x03).Bytes,
            .. machine.Bytes,
            .. pickle,
            .. keys.Op('e').Bytes,
            .. storages.SelectMany(storage => BitConverter.GetBytes(storage.Count).Concat(storage.Numbers)),
        ];
    }

    private PickleWriter Tuple(long[] numbers)
    {
        Op('(');
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Op('t');
    }

    private static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel level)
    {
        using var stream = zip.CreateEntry(name, level).Open();
        stream.Write(content);
    }
}
