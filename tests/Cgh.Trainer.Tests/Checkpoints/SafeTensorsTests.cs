using System.Buffers.Binary;
using System.Text;
using Cgh.Core;
using Cgh.Trainer.Checkpoints;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WrittenFile_ReturnsTheSameBits()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["b.kernel"] = randn(4, 3, 3, 2).permute(0, 3, 1, 2),
            ["a.nasty"] = tensor(new[] { float.NaN, -0f, float.Epsilon, float.NegativeInfinity }),
            ["count"] = tensor(42L),
            ["nothing"] = zeros(0, 3),
            ["wide"] = tensor(new[] { 1.5, -2.5 }),
        };
        var path = _folder["file.safetensors"];

        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var (read, metadata) = SafeTensors.Read(path);

        Assert.Equal(tensors.Keys.Order(), read.Keys.Order());
        Assert.Equal("pt", Assert.Single(metadata).Value);
        foreach (var (name, value) in tensors)
        {
            Assert.Equal(value.shape, read[name].shape);
            Assert.Equal(value.dtype, read[name].dtype);
            Assert.True(value.numel() == 0 || value.contiguous().bytes.SequenceEqual(read[name].bytes), name);
            read[name].Dispose();
        }
    }

    [Fact]
    public void Write_OneTensor_WritesTheBytesOfTheFormat()
    {
        using var scope = NewDisposeScope();

        SafeTensors.Write(_folder["file"], [new("w", tensor(new[] { 1f, 2f }))], new Dictionary<string, string>());

        var header = """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""".PadRight(56);
        byte[] expected = [56, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(header), 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];
        Assert.Equal(expected, File.ReadAllBytes(_folder["file"]));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "the file has 7 bytes of values, but the header describes 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "the file has 9 bytes of values, but the header describes 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "the data offsets of 'w' do not match its shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "the data offsets of 'w' do not match its shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "the data offsets of 'w' do not match its shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "the values of 'w' start at 4 instead of 0")]
    [InlineData(
        """{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
        12,
        "the values of 'w' start at 4 instead of 8")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'w' has an invalid shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "'w' has an invalid shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}}""", 8, "the data offsets of 'w' do not match its shape")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[2],"data_offsets":[-9223372036854775808,9223372036854775807]}}""",
        8,
        "the data offsets of 'w' do not match its shape")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "'w' has the unsupported type 'F8_E4M3'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "the data offsets of 'w' do not match its shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", 8, "the header is malformed")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "the header is malformed")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
        8,
        "the header is malformed")]
    [InlineData("""{"__metadata__":{"state":7},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "the header is malformed")]
    [InlineData("""["w"]""", 0, "the header is malformed")]
    [InlineData("""{"w":""", 0, "the header is malformed")]
    public void Read_InvalidHeader_ThrowsOneLine(string header, int valueBytes, string reason)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(_folder["file"], [.. length, .. text, .. new byte[valueBytes]]);

        AssertRejected(reason);
    }

    [Theory]
    [InlineData(new byte[0], "is empty or not a regular file")]
    [InlineData(new byte[] { 1, 2, 3 }, "the file is shorter than 8 bytes")]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 123, 125 }, "the header length 3 is out of range")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 }, "the header length 18446744073709551615 is out of range")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "the header is malformed")]
    public void Read_InvalidHeaderLength_ThrowsOneLine(byte[] file, string reason)
    {
        File.WriteAllBytes(_folder["file"], file);

        AssertRejected(reason);
    }

    [Fact]
    public void Read_TruncatedFile_Throws()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(_folder["whole"], [new("w", randn(5)), new("v", randn(2, 2))], new Dictionary<string, string> { ["state"] = "{}" });
        var whole = File.ReadAllBytes(_folder["whole"]);
        for (var length = 1; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["file"], whole[..length]);
            AssertRejected("is not a valid safetensors file");
        }
    }

    private void AssertRejected(string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => SafeTensors.Read(_folder["file"]));
        Assert.Contains(reason, error.Message);
        Assert.StartsWith(_folder["file"], error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
