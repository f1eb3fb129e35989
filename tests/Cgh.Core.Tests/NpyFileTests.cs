using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ReadInt64_FileWrittenByNumPy_ReturnsItsValues() =>
        Assert.Equal([3L, -1, 1L << 40], NpyFile.ReadInt64(Golden.PathOf("npy", "int64.npy")));

    [Fact]
    public void ReadHeader_FourAxesWrittenByNumPy_ReturnsTypeShapeAndOffset()
    {
        var path = Golden.PathOf("npy", "uint8.npy");

        var header = NpyFile.ReadHeader(path);

        Assert.Equal(NpyFile.UInt8, header.Descriptor);
        Assert.Equal([2L, 3, 4, 3], header.Shape);
        Assert.Equal(72, header.Count);
        Assert.Equal(Enumerable.Range(0, 72).Select(i => (byte)i), File.ReadAllBytes(path)[(int)header.DataOffset..]);
    }

    [Fact]
    public void WriteInt64_ThenRead_RoundTripsAndLeavesNoTemporaryFile()
    {
        long[] values = [long.MinValue, -1, 0, 7, long.MaxValue];

        NpyFile.WriteInt64(_folder["labels.npy"], values);

        Assert.Equal(values, NpyFile.ReadInt64(_folder["labels.npy"]));
        Assert.Equal([_folder["labels.npy"]], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9_999_999)]
    [InlineData(long.MaxValue)]
    public void MakeHeader_AnyCount_EndsOnAMultipleOf64WithALineFeed(long count)
    {
        var header = NpyFile.MakeHeader(NpyFile.UInt8, count, 224, 224, 3);

        Assert.Equal(0, header.Length % 64);
        Assert.Equal((byte)'\n', header[^1]);
    }

    [Fact]
    public void ReadHeader_ColumnMajorFile_IsRejected()
    {
        var error = Assert.Throws<UserErrorException>(() => NpyFile.ReadHeader(Golden.PathOf("npy", "fortran.npy")));

        Assert.Contains("is in Fortran order", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadHeader_TruncatedFile_NamesBothLengths()
    {
        NpyFile.WriteInt64(_folder["cut.npy"], new long[] { 1, 2, 3 });
        using (var stream = File.OpenWrite(_folder["cut.npy"]))
        {
            stream.SetLength(stream.Length - 1);
        }

        var error = Assert.Throws<UserErrorException>(() => NpyFile.ReadHeader(_folder["cut.npy"]));

        Assert.Equal($"{_folder["cut.npy"]} has {128 + 23} bytes, but {128 + 24} according to its header. Recreate the dataset.", error.Message);
    }

    [Theory]
    [InlineData("", "is empty or not a regular file")]
    [InlineData("x", "is not a .npy file of version 1.0, 2.0 or 3.0")]
    [InlineData("hello, this is text", "is not a .npy file of version 1.0, 2.0 or 3.0")]
    public void ReadHeader_NotAnNpyFile_NamesTheReason(string content, string expected)
    {
        File.WriteAllText(_folder["text.npy"], content);

        var error = Assert.Throws<UserErrorException>(() => NpyFile.ReadHeader(_folder["text.npy"]));

        Assert.Equal($"{_folder["text.npy"]} {expected}. Recreate the dataset.", error.Message);
    }

    [Fact]
    public void ReadInt64_FileOfPixels_IsRejected() =>
        Assert.Contains(
            "; expected a one-dimensional int64 array. Recreate the dataset.",
            Assert.Throws<UserErrorException>(() => NpyFile.ReadInt64(Golden.PathOf("npy", "uint8.npy"))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("(9223372036854775807, 9223372036854775807)")]
    [InlineData("(1000000000, 1000000000)")]
    [InlineData("(1000000000, 0)")]
    public void ReadMatrix_HugeShape_IsRejectedWithoutAllocatingIt(string shape)
    {
        byte[] header = [.. NpyFile.MakeHeader(NpyFile.Float64, 1, 1)];
        var text = System.Text.Encoding.ASCII.GetString(header[10..]).Replace("(1, 1)", shape, StringComparison.Ordinal)[..(header.Length - 10)];
        File.WriteAllBytes(_folder["huge.npy"], [.. header[..10], .. System.Text.Encoding.ASCII.GetBytes(text)]);

        Assert.Throws<UserErrorException>(() => NpyFile.ReadMatrix(_folder["huge.npy"]));
    }

    [Theory]
    [InlineData("(1 2,)", 16, "has an unsupported .npy header.")]
    [InlineData("(,)", 8, "has an unsupported .npy header.")]
    [InlineData("(99999999999999999999,)", 8, "too large")]
    [InlineData("(268435456,)", 268435456L * 8, "holds 268435456 values; the maximum is 268435455.")]
    public void ReadInt64_HostileShape_IsRejectedInOneLine(string shape, long bytes, string expected)
    {
        byte[] header = [.. NpyFile.MakeHeader(NpyFile.Int64, 1)];
        var text = System.Text.Encoding.ASCII.GetString(header[10..])
            .Replace("(1,)", shape, StringComparison.Ordinal)
            .PadRight(header.Length)[..(header.Length - 10)];
        File.WriteAllBytes(_folder["hostile.npy"], [.. header[..10], .. System.Text.Encoding.ASCII.GetBytes(text)]);
        using (var stream = File.OpenWrite(_folder["hostile.npy"]))
        {
            stream.SetLength(header.Length + bytes);
        }

        var error = Assert.Throws<UserErrorException>(() => NpyFile.ReadInt64(_folder["hostile.npy"], "Save it again."));

        Assert.StartsWith("Save it again.", error.Message[error.Message.LastIndexOf("Save", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    public void Dispose() => _folder.Dispose();
}
