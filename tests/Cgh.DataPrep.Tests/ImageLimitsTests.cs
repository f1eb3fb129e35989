using System.Buffers.Binary;
using System.IO.Compression;
using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Small files that claim much.</summary>
public sealed class ImageLimitsTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly ImageReader _reader = new(16, 16);
    private readonly ImageReader _large = new(16, 16, largeImages: true);
    private readonly byte[] _rgb = new byte[16 * 16 * 3];

    [Theory]
    [InlineData("decode", "baseline.JPEG", 1, false)]
    [InlineData("decode", "grey.JPEG", 1, false)]
    [InlineData("decode", "progressive.JPEG", 10, true)]
    [InlineData("crop", "progressive.JPEG", 10, true)]
    public void JpegHeader_OrdinaryFile_HasItsScans(string folder, string name, int scans, bool progressive)
    {
        var header = JpegHeader.Read(File.ReadAllBytes(Golden.PathOf(folder, name)));

        Assert.Equal((scans, progressive), (header.Scans, header.IsProgressive));
    }

    [Theory]
    [InlineData(100, 1_000_000, true)]
    [InlineData(101, 1_000_000, false)]
    [InlineData(60, 50_000_000, true)]
    [InlineData(61, 50_000_000, false)]
    [InlineData(20, 1_073_000_000, true)]
    [InlineData(21, 1_073_000_000, false)]
    public void CheckScans_LargerImage_AllowsFewer(int scans, long coefficients, bool allowed)
    {
        var header = new JpegHeader(IsProgressive: true, scans, coefficients, Orientations.Upright);

        Assert.Equal(allowed, Record.Exception(() => ImageLimits.CheckScans(header)) is null);
    }

    [Theory]
    [InlineData(11_000, 9_000, true)]
    [InlineData(11_000, 11_000, false)]
    public void Read_ProgressiveJpegThatClaimsItsSize_IsDecodedOnlyInBoundedMemory(int width, int height, bool allowed)
    {
        var file = File.ReadAllBytes(Golden.PathOf("decode", "progressive.JPEG"));
        var frame = file.AsSpan().IndexOf([(byte)0xff, (byte)0xc2]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), (ushort)width);

        var reason = _large.Read(() => new MemoryStream(file), _rgb).Failure;

        Assert.Equal(allowed, reason?.EndsWith("MB to decode in its format, more than 800 MB", StringComparison.Ordinal) != true);
    }

    [Theory]
    [InlineData(9_459, 9_459, false)]
    [InlineData(9_460, 9_459, true)]
    public void Read_GifThatMayTakeOverASecond_IsRejectedUnlessLargeImagesAreAccepted(ushort width, ushort height, bool rejected)
    {
        byte[] file = [.. "GIF89a"u8, 0, 0, 0, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6, (byte)',', 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, (byte)';'];
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), height);

        Assert.Equal(rejected ? $"{width} x {height} pixels may take over a second to decode (--large-images accepts them)" : null, Read(file));
        Assert.Null(_large.Read(() => new MemoryStream(file), _rgb).Failure);
    }

    [Theory]
    [InlineData(3, 8, 7_723, false)]
    [InlineData(3, 8, 7_724, true)]
    [InlineData(3, 16, 5_461, false)]
    [InlineData(3, 16, 5_462, true)]
    [InlineData(1, 8, 9_459, false)]
    [InlineData(1, 8, 9_460, true)]
    public void Read_TiffOfManyBytes_IsRejectedAtASmallerSize(int samples, int bits, int side, bool rejected)
    {
        var reason = Read(Tiff(samples, bits, side));

        Assert.Equal(rejected, reason == $"{side} x {side} pixels may take over a second to decode (--large-images accepts them)");
    }

    [Fact]
    public void Read_ProgressiveJpegWithManyScans_IsRejected()
    {
        var file = File.ReadAllBytes(Golden.PathOf("decode", "progressive.JPEG"));
        var lastScan = file.AsSpan().LastIndexOf([(byte)0xff, (byte)0xda]);
        byte[] bomb = [.. file[..^2], .. Enumerable.Repeat(file[lastScan..^2], 290).SelectMany(scan => scan), 0xff, 0xd9];

        Assert.Equal("progressive JPEG with 300 scans exceeds the limit of 100 for its size", Read(bomb));
    }

    [Theory]
    [InlineData(1, 1_000_001, "1 x 1000001 pixels exceed the limit of 1000000 for a side")]
    [InlineData(20_000, 20_000, "20000 x 20000 pixels exceed the limit of 178956970")]
    [InlineData(0xffffffff, 0xffffffff, "4294967295 x 4294967295 pixels exceed the limit of 178956970")]
    [InlineData(0, 5, "holds no pixels")]
    [InlineData(13_000, 13_000, "truncated")]
    public void Read_PngThatClaimsAnySize_IsRejectedBeforeDecoding(uint width, uint height, string reason)
    {
        var file = File.ReadAllBytes(Golden.PathOf("decode", "png-named.JPEG"));
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), height);

        Assert.Equal(reason, Read(file));
    }

    [Fact]
    public void Read_GifThatClaimsMoreThanItsDataCanHold_IsTruncated()
    {
        byte[] file = [.. "GIF89a"u8, 0xff, 0xff, 0xaa, 0x0a, 0, 0, 0, (byte)',', 0, 0, 0, 0, 0xff, 0xff, 0xaa, 0x0a, 0, 2, 1, 0x44, 0, (byte)';'];

        Assert.Equal("truncated", Read(file));
    }

    [Fact]
    public void Read_PngWithCompressedMetadata_DoesNotExpandIt()
    {
        var file = File.ReadAllBytes(Golden.PathOf("decode", "png-named.JPEG"));
        var bomb = new MemoryStream();
        using (var zlib = new ZLibStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(new byte[20_000_000]);
        }

        // Without checksums, which nothing reads.
        byte[] data = [.. "k\0\0"u8, .. bomb.ToArray()];
        var chunks = new[] { "zTXt", "iCCP", "iTXt" }.SelectMany(type => Enumerable.Repeat(Chunk(type, data), 200));
        byte[] bombs = [.. file[..33], .. chunks.SelectMany(chunk => chunk), .. file[33..]];
        var expected = new byte[_rgb.Length];

        Assert.Null(_reader.Read(() => new MemoryStream(file), expected).Failure);
        Assert.Null(Read(bombs));

        Assert.Equal(expected, _rgb);
    }

    [Fact]
    public void Read_TiffWithAStripForEachOfManyRows_IsRejected()
    {
        const int Rows = 200_000;
        var file = new byte[8 + 2 + (9 * 12) + 4 + (Rows * 4)];
        "II*\0\x08\0\0\0\x09\0"u8.CopyTo(file);
        var at = 10;
        const int Data = 8 + 2 + (9 * 12) + 4;
        foreach (var (tag, count, value) in new[]
        {
            (256, 1, 1), (257, 1, Rows), (258, 1, 8), (259, 1, 1), (262, 1, 1), (273, Rows, Data), (277, 1, 1), (278, 1, 1), (279, Rows, Data),
        })
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at + 2), 4);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), count);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), value);
            at += 12;
        }

        Assert.Equal("a TIFF of 200000 strips or tiles exceeds the limit of 100000", Read(file));
    }

    public void Dispose()
    {
        _reader.Dispose();
        _large.Dispose();
    }

    // A TIFF whose only strip is not valid Deflate data.
    private static byte[] Tiff(int samples, int bits, int side)
    {
        var file = new byte[8 + 2 + (9 * 12) + 4 + 600_000];
        "II*\0\x08\0\0\0\x09\0"u8.CopyTo(file);
        var at = 10;
        const int Data = 8 + 2 + (9 * 12) + 4;
        foreach (var (tag, value) in new[]
        {
            (256, side), (257, side), (258, bits), (259, 8), (262, samples == 1 ? 1 : 2), (273, Data), (277, samples), (278, side), (279, file.Length - Data),
        })
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at + 2), 4);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 4), 1);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 8), value);
            at += 12;
        }

        return file;
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        return chunk;
    }

    private string? Read(byte[] file)
    {
        var started = ThreadTime.Now;
        var failure = _reader.Read(() => new MemoryStream(file), _rgb).Failure;
        Assert.InRange(ThreadTime.Now - started, TimeSpan.Zero, s_limit);
        return failure;
    }
}
