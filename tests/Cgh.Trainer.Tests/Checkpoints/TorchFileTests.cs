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
        {
            new PickleWriter().Global("os", "system").Text(Command).Raw(0x85).Op('R').Bytes,
            "its pickle refers to os.system; only tensors are supported, and nothing is executed"
        },
        { new PickleWriter().Text("builtins").Text("eval").Raw(0x93).Bytes, "its pickle refers to builtins.eval" },
        { new PickleWriter().Global("torch", "load").Bytes, "its pickle refers to torch.load" },
        { new PickleWriter().Global("torch._utils", "_rebuild_tensor").Bytes, "its pickle refers to torch._utils._rebuild_tensor;" },
        { new PickleWriter().Global("torchvision.models.resnet", "ResNet").Bytes, "its pickle refers to torchvision.models.resnet.ResNet" },
        { new PickleWriter().Global("o\rs", "sys\u2028tem").Bytes, "its pickle refers to o?s.sys?tem" },
        { new PickleWriter().Op('(').Text(Command).Op('i').Bytes, "its pickle has the unsupported instruction 0x69" },
        { new PickleWriter().Op('(').Op('o').Bytes, "its pickle has the unsupported instruction 0x6f" },
        { new PickleWriter().Op('}').Raw(0x82, 1).Bytes, "its pickle has the unsupported instruction 0x82" },
        { new PickleWriter().Op('}').Op(')').Raw(0x81).Bytes, "its pickle has the unsupported instruction 0x81" },
        { new PickleWriter().Op('2').Bytes, "its pickle has the unsupported instruction 0x32" },
        { new PickleWriter().Text("a").Raw((byte)'r', 255, 255, 255, 255).Bytes, "its pickle numbers memo entries out of order" },
        { new PickleWriter().Raw((byte)'j', 255, 255, 255, 255).Bytes, "its pickle refers to a missing memo entry" },
        { new PickleWriter().Raw((byte)'X', 255, 255, 255, 255).Bytes, "its pickle is truncated" },
        { new PickleWriter().Raw(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).Bytes, "its pickle has an integer of more than 8 bytes" },
        { new PickleWriter().Op('R').Bytes, "its pickle reads from an empty stack" },
        { new PickleWriter().Op('t').Bytes, "its pickle refers to a missing mark" },
        { new PickleWriter().Op('}').Op('(').Op('u').Op('N').Bytes, "its pickle ends with values on the stack" },
        { new PickleWriter().Op(']').Op('N').Op('b').Bytes, "its pickle adds items to a value that is not a dictionary" },
        { new PickleWriter().Op('N').Op('Q').Bytes, "its pickle has an invalid storage" },
        { new PickleWriter().Op('}').Op(')').Op('R').Bytes, "its pickle calls a value with invalid arguments" },
        { new PickleWriter().Raw(0x80, 9).Bytes, "its pickle has the unsupported protocol 9" },
        { new PickleWriter().Op('N').Bytes, "it is not a dictionary of tensors" },
        { new PickleWriter().Op('}').Bytes, "it has no tensors" },
        { new PickleWriter().Op('}').Op('(').Text("w").Tensor("0", 4, 0, [4], [1]).Text("n").Op('N').Op('u').Bytes, "'n' is not a tensor" },
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
        { One("0", 4, 0, [4], [1], "UntypedStorage"), "its pickle refers to torch.UntypedStorage" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("state_dict")]
    [InlineData("model")]
    public void Read_StateDict_ReturnsItsTensors(string nest)
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
        Write(PickleWriter.File(new byte[5_000_000], []));

        AssertRejected("its data.pkl is too large (5000000 bytes)");
    }

    private static byte[] One(string key, long stored, long offset, long[] shape, long[] strides, string storage = "FloatStorage") =>
        new PickleWriter().Dictionary("w", value => value.Tensor(key, stored, offset, shape, strides, storage)).Bytes;

    private void Write(byte[] file) => File.WriteAllBytes(_folder["file"], file);

    private void AssertRejected(string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => TorchFile.Read(_folder["file"]));
        Assert.Contains(reason, error.Message);
        Assert.StartsWith(_folder["file"], error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
