using System.Diagnostics;
using System.Security.Cryptography;
using Cgh.Images;
using Cgh.Tests;
using SkiaSharp;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class ImageReaderTests : IDisposable
{
    private static readonly CropCase[] s_crops = Golden.Json<CropCase[]>("crop", "cases.json");

    private readonly TemporaryFolder _folder = new();
    private readonly ImageReader _reader = new(shortSide: 16, side: 16);
    private readonly byte[] _rgb = new byte[16 * 16 * 3];

    public static TheoryData<string, int, int> Crops => [.. s_crops.Select(crop => (crop.File, crop.ShortSide, crop.Side))];

    [Theory]
    [InlineData("baseline.JPEG")]
    [InlineData("progressive.JPEG")]
    [InlineData("full-chroma.JPEG")]
    [InlineData("grey.JPEG")]
    [InlineData("cmyk.JPEG")]
    [InlineData("rotated-by-exif.JPEG")]
    [InlineData("png-named.JPEG")]
    [InlineData("palette.png")]
    [InlineData("transparent.png")]
    [InlineData("half-chroma.JPEG")]
    [InlineData("cmyk-not-inverted.JPEG")]
    [InlineData("palette-transparent.png")]
    [InlineData("grey.png")]
    [InlineData("grey-transparent.png")]
    [InlineData("black-and-white.png")]
    public void Decode_AnyFormat_EqualsPillowByteForByte(string name)
    {
        var (expected, expectedWidth, expectedHeight) = Golden.Image("decode", name + ".npy");

        var failure = _reader.Decode(Golden.PathOf("decode", name), out var rgba, out var width, out var height);

        Assert.Null(failure);
        Assert.Equal((expectedWidth, expectedHeight), (width, height));
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            rgba.Slice(i * 4, 3).CopyTo(rgb.AsSpan(i * 3));
        }

        Assert.Equal(expected, rgb);
    }

    [Theory]
    [InlineData("baseline.JPEG", 2)]
    [InlineData("baseline.JPEG", 100)]
    [InlineData("baseline.JPEG", 800)]
    [InlineData("progressive.JPEG", 2)]
    [InlineData("progressive.JPEG", 100)]
    [InlineData("progressive.JPEG", 800)]
    [InlineData("png-named.JPEG", 100)]
    public void Read_EndOfFileMissing_IsTruncated(string name, int missing) =>
        Assert.Contains("truncated", _reader.Read(Cut(name, missing), _rgb), StringComparison.Ordinal);

    [Fact]
    public void Read_TextNamedJpeg_IsNotAnImage() => Assert.Equal("not an image", _reader.Read(Write("text.JPEG", "hello"u8), _rgb));

    [Fact]
    public void Read_EmptyFile_IsEmpty() => Assert.Equal("empty or not a regular file", _reader.Read(Write("zero.JPEG", []), _rgb));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_PipeWithoutWriter_DoesNotBlock(bool throughALink)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Named pipes are files only on Unix.");
        using (var mkfifo = Process.Start("mkfifo", _folder["pipe.JPEG"]))
        {
            mkfifo.WaitForExit();
        }

        var path = throughALink ? File.CreateSymbolicLink(_folder["link.JPEG"], _folder["pipe.JPEG"]).FullName : _folder["pipe.JPEG"];

        Assert.Equal("empty or not a regular file", _reader.Read(path, _rgb));
    }

    [Fact]
    public void Read_LinkToAnImage_IsThatImage()
    {
        File.CreateSymbolicLink(_folder["link.JPEG"], Golden.PathOf("decode", "baseline.JPEG"));
        var linked = new byte[_rgb.Length];

        Assert.Null(_reader.Read(_folder["link.JPEG"], linked));
        Assert.Null(_reader.Read(Golden.PathOf("decode", "baseline.JPEG"), _rgb));

        Assert.Equal(_rgb, linked);
    }

    [Theory]
    [MemberData(nameof(Crops))]
    public void Read_SizesOfThePaper_EqualsTorchvisionByteForByte(string file, int shortSide, int side)
    {
        var expected = s_crops.Single(crop => (crop.File, crop.Side) == (file, side));
        var rgb = new byte[side * side * 3];

        Assert.Null(new ImageReader(shortSide, side).Read(Golden.PathOf("crop", file), rgb));

        Assert.Equal(expected.Pixels, Convert.ToHexStringLower(SHA256.HashData(rgb)));
    }

    [Theory]
    [InlineData(SKJpegEncoderDownsample.Downsample420, 300, 64)]
    [InlineData(SKJpegEncoderDownsample.Downsample422, 300, 64)]
    [InlineData(SKJpegEncoderDownsample.Downsample444, 300, 64)]
    [InlineData(SKJpegEncoderDownsample.Downsample420, 301, 61)]
    [InlineData(SKJpegEncoderDownsample.Downsample420, 97, 40)]
    [InlineData(SKJpegEncoderDownsample.Downsample420, 61, 301)]
    public void Read_OnlyColumnsOfTheCropDecoded_EqualsTheCropOfTheWholeImage(SKJpegEncoderDownsample chroma, int width, int height)
    {
        var path = WriteJpeg(chroma, width, height);
        foreach (var (shortSide, side) in new[] { (40, 40), (40, 31), (32, 16), (61, 3) })
        {
            var reader = new ImageReader(shortSide, side);
            var actual = new byte[side * side * 3];

            Assert.Null(reader.Read(path, actual));
            Assert.Null(reader.Decode(path, out var rgba, out var decodedWidth, out _));

            Assert.Equal(width, decodedWidth);
            Assert.Equal(Cropped(rgba, width, height, shortSide, side), actual);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    [InlineData(2000)]
    public void Read_EndOfAWideJpegMissing_IsTruncated(int missing)
    {
        var path = WriteJpeg(SKJpegEncoderDownsample.Downsample420, 300, 64);
        var whole = File.ReadAllBytes(path);

        Assert.Null(_reader.Read(path, _rgb));
        Assert.Equal("truncated", _reader.Read(Write("cut.JPEG", whole.AsSpan()[..^missing]), _rgb));
    }

    [Theory]
    [InlineData("wide")]
    [InlineData("very-wide.JPEG")]
    [InlineData("progressive.JPEG")]
    [InlineData("cmyk.JPEG")]
    public void Read_DamagedAnywhere_EqualsDecodingTheWholeImage(string name)
    {
        var random = new Random(3);
        var good = File.ReadAllBytes(name == "wide" ? WriteJpeg(SKJpegEncoderDownsample.Downsample420, 300, 64) : Golden.PathOf("crop", name));
        for (var damage = 0; damage < 300; damage++)
        {
            var bytes = good.AsSpan(0, damage % 3 == 0 ? random.Next(1, good.Length) : good.Length).ToArray();
            for (var change = random.Next(damage % 3 == 0 ? 1 : 4); change >= 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(damage % 2 == 0 ? 0xff : random.Next(256));
            }

            var path = Write("damaged.JPEG", bytes);
            var failure = _reader.Read(path, _rgb);

            Assert.Equal(_reader.Decode(path, out var rgba, out var width, out var height), failure);
            if (failure is null)
            {
                Assert.Equal(Cropped(rgba, width, height, shortSide: 16, side: 16), _rgb);
            }
        }
    }

    [Fact]
    public void Read_FolderNamedJpeg_IsAFolder() =>
        Assert.Equal("is a folder", _reader.Read(Directory.CreateDirectory(_folder["folder.JPEG"]).FullName, _rgb));

    [Fact]
    public void Read_BrokenLink_NamesTheReason()
    {
        File.CreateSymbolicLink(_folder["link.JPEG"], _folder["nothing"]);

        Assert.Equal("broken link", _reader.Read(_folder["link.JPEG"], _rgb));
    }

    [Fact]
    public void Read_TooManyPixels_IsRejectedBeforeDecoding()
    {
        // Height and width are bytes 5 to 8 of the frame header, which starts with FF C0.
        var bytes = File.ReadAllBytes(Golden.PathOf("decode", "baseline.JPEG"));
        var frame = bytes.AsSpan().IndexOf(new byte[] { 0xff, 0xc0 });
        new byte[] { 0xff, 0x00, 0xff, 0x00 }.CopyTo(bytes, frame + 5);

        Assert.Equal("65280 x 65280 pixels exceed the limit of 178956970", _reader.Read(Write("bomb.JPEG", bytes), _rgb));
    }

    [Fact]
    public void Read_TheMachineFails_IsNoVerdictOnTheImage()
    {
        var error = new IOException("Too many open files.");

        Assert.Same(error, Assert.Throws<IOException>(() => _reader.Read(() => throw error, _rgb)));
        Assert.Same(error, Assert.Throws<IOException>(() => _reader.Read(() => new FailingStream(error), _rgb)));
        Assert.Throws<UnauthorizedAccessException>(() => _reader.Read(() => throw new UnauthorizedAccessException(), _rgb));
    }

    [Fact]
    public void Read_TheSourceGivesAReason_IsThatReason() =>
        Assert.Equal(new ImageResult("broken link", Oriented: false), _reader.Read(() => throw new UnreadableImageException("broken link"), _rgb));

    [Fact]
    public void Read_MoreThanAGigabyte_IsRejectedBeforeReading() =>
        Assert.Equal("larger than 1 GiB", _reader.Read(() => new FailingStream(new IOException("Read.")) { LongLength = 1L << 40 }, _rgb).Failure);

    [Fact]
    public void Read_StreamOfUnknownLength_IsThatImage()
    {
        var bytes = File.ReadAllBytes(Golden.PathOf("crop", "large.JPEG"));
        var expected = new byte[_rgb.Length];

        Assert.Null(_reader.Read(() => new MemoryStream(bytes), expected).Failure);
        Assert.Null(_reader.Read(() => new UnknownLength(bytes), _rgb).Failure);

        Assert.Equal(expected, _rgb);
    }

    [Fact]
    public void Read_GoodImageAfterADamagedOne_IsUnaffected()
    {
        Assert.Null(_reader.Read(Golden.PathOf("decode", "baseline.JPEG"), _rgb));
        var expected = _rgb.ToArray();

        Assert.NotNull(_reader.Read(Cut("progressive.JPEG", 500), _rgb));
        Assert.Null(_reader.Read(Golden.PathOf("decode", "baseline.JPEG"), _rgb));

        Assert.Equal(expected, _rgb);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Cropped(ReadOnlySpan<byte> rgba, int width, int height, int shortSide, int side)
    {
        var rgb = new byte[side * side * 3];
        new CentreCropResizer(side).Resize(new DecodedPixels(rgba, 0, width), new ImageCrop(width, height, shortSide, side), rgb);
        return rgb;
    }

    private string Cut(string name, int missing) => Write("cut-" + name, File.ReadAllBytes(Golden.PathOf("decode", name)).AsSpan()[..^missing]);

    private string Write(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(_folder[name], bytes);
        return _folder[name];
    }

    private string WriteJpeg(SKJpegEncoderDownsample chroma, int width, int height)
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Pixels =
        [
            .. Enumerable.Range(0, width * height).Select(_ => new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256))),
        ];
        using var pixels = bitmap.PeekPixels();
        using var jpeg = pixels.Encode(new SKJpegEncoderOptions(90, chroma, SKJpegEncoderAlphaOption.Ignore));
        return Write($"{chroma}-{width}.JPEG", jpeg!.Span);
    }

    private sealed record CropCase(string File, int ShortSide, int Side, string Pixels);
}
