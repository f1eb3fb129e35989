using System.IO.Compression;
using Cgh.Core;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Checkpoints;

public sealed class TorchFileTests : IDisposable
{
    private const string Command = "import os; os.system('echo')";

    // Four floats: 1, 2, 3, 4.
    private static readonly byte[] s_four = [.. new[] { 1f, 2f, 3f, 4f }.SelectMany(BitConverter.GetBytes)];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<byte[], string> Hostile { get; } = new()
    {
        { Call("os", "system"), "it holds an object of os.system, and no tensors" },
        { new PickleWriter().Text("builtins").Text("eval").Raw(0x93).Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Dictionary("model", value => value.Raw(Call("o\rs", "sys\u2028tem")[2..^1])).Bytes, "it has no tensors, only 'model'" },
        { Call("o\rs", "sys\u2028tem"), "it holds an object of o?s.sys?tem" },
        { new PickleWriter().Global("os", "system").Op('N').Op('R').Bytes, "its pickle calls a function without arguments" },
        { new PickleWriter().Op('(').Text(Command).Op('i').Bytes, "its pickle has the unsupported instruction 0x69" },
        { new PickleWriter().Op('(').Op('o').Bytes, "its pickle has the unsupported instruction 0x6f" },
        { new PickleWriter().Op('}').Raw(0x82, 1).Bytes, "its pickle has the unsupported instruction 0x82" },
        { new PickleWriter().Op('}').Op(')').Raw(0x81).Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Op('2').Bytes, "its pickle has the unsupported instruction 0x32" },
        { new PickleWriter().Text("a").Raw((byte)'r', 255, 255, 255, 255).Bytes, "its pickle numbers memo entries out of order" },
        { new PickleWriter().Raw((byte)'j', 255, 255, 255, 255).Bytes, "its pickle refers to a missing memo entry" },
        { new PickleWriter().Raw((byte)'X', 255, 255, 255, 255).Bytes, "its pickle is truncated" },
        { new PickleWriter().Raw(0x8b, 255, 255, 255, 255).Bytes, "its pickle is truncated" },
        { new PickleWriter().Raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 255).Bytes, "its pickle is truncated" },
        { new PickleWriter().Raw(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Op('R').Bytes, "its pickle reads from an empty stack" },
        { new PickleWriter().Op('t').Bytes, "its pickle refers to a missing mark" },
        { new PickleWriter().Op('}').Op('(').Op('u').Op('N').Bytes, "its pickle ends with values on the stack" },
        { new PickleWriter().Op(']').Op('N').Op('b').Bytes, "its pickle sets attributes of a value that has none" },
        { new PickleWriter().Op('N').Op('Q').Bytes, "its pickle has an invalid storage" },
        { new PickleWriter().Op('}').Op(')').Op('R').Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Raw(0x80, 9).Bytes, "its pickle has the unsupported protocol 9" },
        { new PickleWriter().Op('N').Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Op('}').Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Tensor("0", 4, 0, [4], [1]).Bytes, "it holds a single tensor, without a name" },
        { Chain(70_000), "its modules are nested too deeply" },
        { One("0", 4, 1, [4], [1]), "a tensor exceeds its storage '0'" },
        { One("0", 4, -1, [4], [1]), "a tensor exceeds its storage '0'" },
        { One("0", 4, 0, [2, 2], [3, 1]), "a tensor exceeds its storage '0'" },
        { One("0", 4, 0, [-4], [1]), "a tensor has an invalid shape" },
        { One("0", 4, 0, [4], [-1]), "a tensor has an invalid shape" },
        { One("0", 4, 0, [long.MaxValue, long.MaxValue, 4], [0, 0, 1]), "a tensor has an invalid shape" },
        { One("0", 4, 0, [0, int.MaxValue, int.MaxValue, int.MaxValue], [0, 0, 0, 0]), "a tensor has an invalid shape" },
        { One("0", 4, 0, [4], [1, 1]), "a tensor has inconsistent shape and strides" },
        { One("0", 4, 0, [1_000_000_000], [0]), "its tensors would need 4000000000 bytes, more than the" },
        { One("0", 1_000_000, 0, [4], [1]), "its entry 'data/0' must have 4000000 bytes, uncompressed (it has 16, 16 compressed)" },
        { One("0", long.MaxValue, 0, [4], [1]), "its entry 'data/0' must have" },
        { One("0", -4, 0, [4], [1]), "its pickle has an invalid storage" },
        { One("../0", 4, 0, [4], [1]), "it has no entry 'data/../0'" },
        { One("0", 4, 0, [4], [1], "UntypedStorage"), "it has no tensors, only 'w'" },
        { Two("FloatStorage", "LongStorage"), "its pickle describes the storage '0' in two ways" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, null)]
    [InlineData("state_dict", "The weights are those of 'state_dict'.")]
    [InlineData("model", "The weights are those of 'model'.")]
    [InlineData("mine", "The weights are those of 'mine'.")]
    public void Read_StateDictInEitherFormat_ReturnsItsTensors(string? nest, string? expected)
    {
        using var scope = NewDisposeScope();
        PickleWriter Tensors(PickleWriter writer) => writer.Op('}').Op('(')
            .Text("whole").Tensor("0", 4, 0, [2, 2], [2, 1])
            .Text("turned").Tensor("0", 4, 0, [2, 2], [1, 2])
            .Text("part").Tensor("0", 4, 1, [2], [2])
            .Text("scalar").Tensor("1", 1, 0, [], [], "LongStorage")
            .Op('u')
            // The argument of OrderedDict.__setstate__: the versions of modules.
            .Dictionary("_metadata", value => value.Op('}')).Op('b');
        var writer = new PickleWriter();
        _ = nest is null ? Tensors(writer) : writer.Dictionary(nest, Tensors);
        byte[][] files =
        [
            PickleWriter.File(writer.Bytes, [("0", s_four), ("1", BitConverter.GetBytes(7L)), ("unused", new byte[64])]),
            PickleWriter.LegacyFile(writer.Bytes, [("1", 1, BitConverter.GetBytes(7L)), ("0", 4, s_four)]),
        ];
        foreach (var file in files)
        {
            Write(file);

            var (tensors, choice) = TorchFile.Read(_folder["file"]);

            Assert.Equal(expected, choice);
            Assert.Equal(["whole", "turned", "part", "scalar"], tensors.Keys);
            Assert.Equal([1f, 2, 3, 4], Plain.Values(tensors["whole"]));
            Assert.Equal([1f, 3, 2, 4], Plain.Values(tensors["turned"]));
            Assert.Equal([2f, 4], Plain.Values(tensors["part"]));
            Assert.Equal(7, tensors["scalar"].item<long>());
            Assert.Empty(tensors["scalar"].shape);
        }
    }

    // Before PyTorch 0.4, with Python 2: strings are bytes, an ordered dictionary is a call with pairs, and a storage can be part of another one.
    [Fact]
    public void Read_OldestTensors_ReturnsThem()
    {
        using var scope = NewDisposeScope();
        static PickleWriter Bytes(PickleWriter writer, string text) => writer.Raw((byte)'U', (byte)text.Length).Raw(System.Text.Encoding.ASCII.GetBytes(text));
        var writer = new PickleWriter().Global("collections", "OrderedDict").Op(']').Op('(').Op(']').Op('(');
        Bytes(writer, "w").Global("torch._utils", "_rebuild_tensor").Op('(').Op('(');
        Bytes(Bytes(writer, "storage").Global("torch", "FloatStorage"), "0");
        Bytes(writer, "cpu").Number(4).Text("view").Number(1).Number(3).Raw(0x87, (byte)'t', (byte)'Q');
        writer.Number(1).Number(2).Raw(0x85).Number(1).Raw(0x85).Raw((byte)'t', (byte)'R', (byte)'e', (byte)'e', 0x85, (byte)'R');
        Write(PickleWriter.LegacyFile(writer.Bytes, [("0", 4, s_four)]));

        var (tensors, _) = TorchFile.Read(_folder["file"]);

        Assert.Equal([3f, 4], Plain.Values(tensors["w"]));
    }

    public static TheoryData<string, string, string> Nests { get; } = new()
    {
        { "optimizer.state.0 model", "model", "'model'." },
        { "ema net", "net", "'net'; it also has 'ema'." },
        { "model_ema model.state_dict", "model.state_dict", "'model.state_dict'; it also has 'model_ema'." },
        { "teacher.backbone", "teacher.backbone", "'teacher.backbone'." },
        { "hidden optimizer", "hidden", "'hidden'." },
    };

    [Theory]
    [MemberData(nameof(Nests))]
    public void Read_SeveralDictionariesOfTensors_ChoosesTheModelsAndSaysSo(string places, string chosen, string choice)
    {
        using var scope = NewDisposeScope();
        var all = places.Split(' ');
        PickleWriter Nested(PickleWriter writer, string[] path, int index) => path.Length == 0
            ? writer.Dictionary("w", value => value.Tensor("0", 4, index, [1], [1]))
            : writer.Dictionary(path[0], value => Nested(value, path[1..], index));
        var writer = new PickleWriter().Op('}').Op('(');
        for (var i = 0; i < all.Length; i++)
        {
            var path = all[i].Split('.');
            Nested(writer.Text(path[0]), path[1..], i);
        }

        Write(PickleWriter.File(writer.Op('u').Bytes, [("0", s_four)]));

        var (tensors, said) = TorchFile.Read(_folder["file"]);

        Assert.Equal([1f + Array.IndexOf(all, chosen)], Plain.Values(tensors["w"]));
        Assert.Equal($"The weights are those of {choice}", said);
    }

    [Fact]
    public void Read_ObjectsBesideTheTensors_LeavesThemInert()
    {
        using var scope = NewDisposeScope();
        var marker = _folder["executed"];
        var writer = new PickleWriter().Op('}').Op('(')
            .Text("args").Global("argparse", "Namespace").Op(')').Raw(0x81)
            .Dictionary("lr", value => value.Raw((byte)'G', 0x3f, 0xb9, 0, 0, 0, 0, 0, 0)).Op('b')
            .Text("best").Global("numpy.core.multiarray", "scalar").Op('(').Global("numpy", "dtype").Text("f8").Raw(0x85).Op('R').Text("bytes").Op('t').Op('R')
            .Text("call").Global("os", "system").Text($"touch {marker}").Raw(0x85).Op('R')
            .Text("state_dict").Op('}').Op('(').Text("w").Tensor("0", 4, 0, [4], [1]).Text("none").Op('N').Op('u')
            .Op('u');
        foreach (var file in new[] { PickleWriter.File(writer.Bytes, [("0", s_four)]), PickleWriter.LegacyFile(writer.Bytes, [("0", 4, s_four)]) })
        {
            Write(file);

            var (tensors, _) = TorchFile.Read(_folder["file"]);

            Assert.Equal([1f, 2, 3, 4], Plain.Values(Assert.Single(tensors).Value));
            Assert.False(File.Exists(marker));
        }
    }

    public static TheoryData<byte[], string> DamagedLegacy { get; } = new()
    {
        { Legacy()[..^1], "it is truncated" },
        { Legacy()[..^20], "it is truncated" },
        { Legacy()[..^30], "its pickle is truncated" },
        { Legacy(count: 3), "its storage '0' does not have the 4 elements of the pickle" },
        { Legacy(count: long.MaxValue), "its storage '0' does not have the 4 elements of the pickle" },
        { Legacy(key: "1"), "it has a storage of an unknown type" },
        { PickleWriter.LegacyFile(One("0", 4, 0, [4], [1]), []), "it has no storage '0'" },
        { PickleWriter.LegacyFile(One("0", 4, 0, [4], [1]), [("0", 4, s_four), ("0", 4, s_four)]), "its storage '0' does not have" },
        { PickleWriter.LegacyFile(One("0", int.MaxValue, 0, [4], [1]), [("0", int.MaxValue, s_four)]), "its storage '0' does not have" },
        { PickleWriter.LegacyFile(One("0", 4, 0, [1_000_000_000], [0]), [("0", 4, s_four)]), "its tensors would need 4000000000 bytes" },
        { Replaced(Legacy(), [0x88, (byte)'u'], [0x89, (byte)'u']), "it is big-endian" },
        { Replaced(Legacy(), [(byte)'M', 0xe9, 0x03], [(byte)'M', 0xe8, 0x03]), "it has an unknown version" },
        { new PickleWriter().Op('}').Bytes, "is a pickle that torch.save did not write" },
    };

    [Theory]
    [MemberData(nameof(DamagedLegacy))]
    public void Read_DamagedLegacyFile_ThrowsOneLine(byte[] file, string reason)
    {
        Write(file);

        AssertRejected(reason);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Read_AnythingButTensors_ThrowsOneLine(byte[] pickle, string reason)
    {
        Write(PickleWriter.File(pickle, [("0", s_four)]));

        AssertRejected(reason);
    }

    [Fact]
    public void Read_CompressedStorage_Throws()
    {
        Write(PickleWriter.File(One("0", 1_000_000, 0, [1_000_000], [1]), [("0", new byte[4_000_000])], CompressionLevel.SmallestSize));

        AssertRejected("must have 4000000 bytes, uncompressed (it has 4000000, ");
    }

    [Fact]
    public void Read_DeeplyNestedPickle_ThrowsWithoutRecursion()
    {
        var writer = new PickleWriter().Op('N');
        for (var depth = 0; depth < 1_000_000; depth++)
        {
            writer.Raw(0x85);
        }

        Write(PickleWriter.File(writer.Bytes, []));

        AssertRejected("it is not a dictionary of tensors");
    }

    [Fact]
    public void Read_LargePickle_ThrowsWithoutReadingIt()
    {
        Write(PickleWriter.File(new byte[20_000_000], []));

        AssertRejected("its data.pkl is too large (20000000 bytes)");
    }

    private static byte[] One(string key, long stored, long offset, long[] shape, long[] strides, string storage = "FloatStorage") =>
        new PickleWriter().Dictionary("w", value => value.Tensor(key, stored, offset, shape, strides, storage)).Bytes;

    private static byte[] Call(string module, string function) => new PickleWriter().Global(module, function).Text(Command).Raw(0x85).Op('R').Bytes;

    // One storage with two types.
    private static byte[] Two(string first, string second) => new PickleWriter().Op('}').Op('(')
        .Text("a").Tensor("0", 2, 0, [2], [1], first).Text("b").Tensor("0", 2, 0, [2], [1], second).Op('u').Bytes;

    private static byte[] Chain(int length)
    {
        PickleWriter Module(PickleWriter writer) => writer.Global("torch.nn", "Module").Op(')').Raw(0x81);
        var writer = new PickleWriter();
        for (var i = 0; i < length; i++)
        {
            Module(writer).Op('}').Op('(').Text("_parameters").Op('}').Text("_modules").Op('}').Text("m");
        }

        Module(writer);
        for (var i = 0; i < length; i++)
        {
            writer.Op('s').Op('u').Op('b');
        }

        return writer.Bytes;
    }

    private static byte[] Legacy(string key = "0", long count = 4) => PickleWriter.LegacyFile(One("0", 4, 0, [4], [1]), [(key, count, s_four)]);

    private static byte[] Replaced(byte[] file, byte[] from, byte[] to)
    {
        var at = file.AsSpan().IndexOf(from);
        return [.. file[..at], .. to, .. file[(at + from.Length)..]];
    }

    private void Write(byte[] file) => File.WriteAllBytes(_folder["file"], file);

    private void AssertRejected(string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => TorchFile.Read(_folder["file"]));
        Assert.Contains(reason, error.Message);
        Assert.StartsWith(_folder["file"], error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
