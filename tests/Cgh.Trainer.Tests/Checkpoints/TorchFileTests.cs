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
        { new PickleWriter().Global("os", "system").Text(Command).Raw(0x85).Op('R').Bytes, "its pickle asks for os.system; only tensors are read here, and nothing is executed" },
        { new PickleWriter().Text("builtins").Text("eval").Raw(0x93).Bytes, "its pickle asks for builtins.eval" },
        { new PickleWriter().Global("torch", "load").Bytes, "its pickle asks for torch.load" },
        { new PickleWriter().Global("torch._utils", "_rebuild_tensor").Bytes, "its pickle asks for torch._utils._rebuild_tensor;" },
        { new PickleWriter().Global("torchvision.models.resnet", "ResNet").Bytes, "its pickle asks for torchvision.models.resnet.ResNet" },
        { new PickleWriter().Global("o\rs", "sys\u2028tem").Bytes, "its pickle asks for o?s.sys?tem" },
        { new PickleWriter().Op('(').Text(Command).Op('i').Bytes, "its pickle has the instruction 0x69" },
        { new PickleWriter().Op('(').Op('o').Bytes, "its pickle has the instruction 0x6f" },
        { new PickleWriter().Op('}').Raw(0x82, 1).Bytes, "its pickle has the instruction 0x82" },
        { new PickleWriter().Op('}').Op(')').Raw(0x81).Bytes, "its pickle has the instruction 0x81" },
        { new PickleWriter().Op('2').Bytes, "its pickle has the instruction 0x32" },
        { new PickleWriter().Text("a").Raw((byte)'r', 255, 255, 255, 255).Bytes, "its pickle numbers its values out of turn" },
        { new PickleWriter().Raw((byte)'j', 255, 255, 255, 255).Bytes, "its pickle refers to a value that it does not have" },
        { new PickleWriter().Raw((byte)'X', 255, 255, 255, 255).Bytes, "its pickle is cut short" },
        { new PickleWriter().Raw(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).Bytes, "its pickle has a number of more than 8 bytes" },
        { new PickleWriter().Op('R').Bytes, "its pickle takes a value where there is none" },
        { new PickleWriter().Op('t').Bytes, "its pickle takes values up to a mark that it has not set" },
        { new PickleWriter().Op('}').Op('(').Op('u').Op('N').Bytes, "its pickle ends with values left over" },
        { new PickleWriter().Op(']').Op('N').Op('b').Bytes, "its pickle fills something that is not a dictionary" },
        { new PickleWriter().Op('N').Op('Q').Bytes, "its pickle refers to something that is no storage" },
        { new PickleWriter().Op('}').Op(')').Op('R').Bytes, "its pickle calls something with arguments that make no tensor" },
        { new PickleWriter().Raw(0x80, 9).Bytes, "its pickle has protocol 9" },
        { new PickleWriter().Op('N').Bytes, "it holds no dictionary of tensors" },
        { new PickleWriter().Op('}').Bytes, "it holds no tensors" },
        { new PickleWriter().Op('}').Op('(').Text("w").Tensor("0", 4, 0, [4], [1]).Text("n").Op('N').Op('u').Bytes, "'n' is no tensor" },
        { One("0", 4, 1, [4], [1]), "a tensor reaches beyond its storage '0'" },
        { One("0", 4, -1, [4], [1]), "a tensor reaches beyond its storage '0'" },
        { One("0", 4, 0, [2, 2], [3, 1]), "a tensor reaches beyond its storage '0'" },
        { One("0", 4, 0, [-4], [1]), "a tensor has an impossible shape" },
        { One("0", 4, 0, [4], [-1]), "a tensor has an impossible shape" },
        { One("0", 4, 0, [long.MaxValue, long.MaxValue, 4], [0, 0, 1]), "a tensor has an impossible shape" },
        { One("0", 4, 0, [0, int.MaxValue, int.MaxValue, int.MaxValue], [0, 0, 0, 0]), "a tensor has an impossible shape" },
        { One("0", 4, 0, [4], [1, 1]), "a tensor's shape and strides do not go together" },
        { One("0", 4, 0, [1_000_000_000], [0]), "its tensors would take 4000000000 bytes, more than the" },
        { One("0", 1_000_000, 0, [4], [1]), "its entry 'data/0' has 16 bytes (16 compressed) where 4000000 uncompressed ones are due" },
        { One("0", long.MaxValue, 0, [4], [1]), "its entry 'data/0' has 16 bytes" },
        { One("0", -4, 0, [4], [1]), "its pickle refers to something that is no storage" },
        { One("../0", 4, 0, [4], [1]), "it has no entry 'data/../0'" },
        { One("0", 4, 0, [4], [1], "UntypedStorage"), "its pickle asks for torch.UntypedStorage" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("state_dict")]
    [InlineData("model")]
    public void Read_StateDictAloneOrNested_GivesItsTensors(string nest)
    {
        using var scope = NewDisposeScope();
        PickleWriter Tensors(PickleWriter writer) => writer.Op('}').Op('(')
            .Text("whole").Tensor("0", 4, 0, [2, 2], [2, 1])
            .Text("turned").Tensor("0", 4, 0, [2, 2], [1, 2])
            .Text("part").Tensor("0", 4, 1, [2], [2])
            .Text("scalar").Tensor("1", 1, 0, [], [], "LongStorage")
            .Op('u')
            // What OrderedDict.__setstate__ would get: versions of modules.
            .Dictionary("_metadata", value => value.Op('}')).Op('b');
        var writer = new PickleWriter();
        _ = nest == "plain" ? Tensors(writer) : writer.Dictionary(nest, Tensors);
        Write(PickleWriter.File(writer.Bytes, [("0", s_four), ("1", BitConverter.GetBytes(7L)), ("unused", new byte[64])]));

        var tensors = TorchFile.Read(_folder["file"]);

        Assert.Equal(["whole", "turned", "part", "scalar"], tensors.Keys);
        Assert.Equal([1f, 2, 3, 4], Plain.Values(tensors["whole"]));
        Assert.Equal([1f, 3, 2, 4], Plain.Values(tensors["turned"]));
        Assert.Equal([2f, 4], Plain.Values(tensors["part"]));
        Assert.Equal(7, tensors["scalar"].item<long>());
        Assert.Empty(tensors["scalar"].shape);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Read_AnythingButTensors_IsRefusedInOneLine(byte[] pickle, string reason)
    {
        Write(PickleWriter.File(pickle, [("0", s_four)]));

        AssertRefused(reason);
    }

    [Fact]
    public void Read_CompressedStorage_IsRefused()
    {
        Write(PickleWriter.File(One("0", 1_000_000, 0, [1_000_000], [1]), [("0", new byte[4_000_000])], CompressionLevel.SmallestSize));

        AssertRefused("where 4000000 uncompressed ones are due");
    }

    [Fact]
    public void Read_DeeplyNestedPickle_IsRefusedWithoutRecursion()
    {
        var writer = new PickleWriter().Op('N');
        for (var depth = 0; depth < 1_000_000; depth++)
        {
            writer.Raw(0x85);
        }

        Write(PickleWriter.File(writer.Bytes, []));

        AssertRefused("it holds no dictionary of tensors");
    }

    [Fact]
    public void Read_PickleOfManyMegabytes_IsRefusedUnread()
    {
        Write(PickleWriter.File(new byte[5_000_000], []));

        AssertRefused("its data.pkl has 5000000 bytes");
    }

    private static byte[] One(string key, long stored, long offset, long[] shape, long[] strides, string storage = "FloatStorage") =>
        new PickleWriter().Dictionary("w", value => value.Tensor(key, stored, offset, shape, strides, storage)).Bytes;

    private void Write(byte[] file) => File.WriteAllBytes(_folder["file"], file);

    private void AssertRefused(string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => TorchFile.Read(_folder["file"]));
        Assert.Contains(reason, error.Message);
        Assert.StartsWith(_folder["file"], error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
