using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Every format against Pillow's pixels (tests/golden/make_formats.py).</summary>
public sealed class ImageFormatTests : IDisposable
{
    private const string Pixels = ".npy";
    private const string UprightPixels = ".upright.npy";

    private readonly ImageReader _reader = new(shortSide: 16, side: 16);
    private readonly ImageReader _orienting = new(shortSide: 16, side: 16, orient: true);

    public static TheoryData<string> Files => [.. Names().Where(name => !name.EndsWith(Pixels, StringComparison.Ordinal))];

    public static TheoryData<string> OrientedFiles => [.. Names()
        .Where(name => name.EndsWith(UprightPixels, StringComparison.Ordinal))
        .Select(name => name[..^UprightPixels.Length])];

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_AnyFormat_EqualsPillowByteForByte(string name) => AssertPixels(_reader, name, Pixels);

    [Theory]
    [MemberData(nameof(OrientedFiles))]
    public void Decode_Orienting_EqualsExifTranspose(string name) => AssertPixels(_orienting, name, UprightPixels);

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_AnyFormat_CropsTheDecodedImage(string name)
    {
        var path = Golden.PathOf("formats", name);
        foreach (var reader in new[] { _reader, _orienting })
        {
            var actual = new byte[16 * 16 * 3];
            var expected = new byte[actual.Length];

            Assert.Null(reader.Read(path, actual));
            Assert.Null(reader.Decode(path, out var rgba, out var width, out var height));
            new CentreCropResizer(16).Resize(new DecodedPixels(rgba, 0, width), new ImageCrop(width, height, 16, 16), expected);

            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData("orientation-0.jfif", false)]
    [InlineData("orientation-1.jfif", false)]
    [InlineData("orientation-2.jfif", true)]
    [InlineData("orientation-8.jfif", true)]
    [InlineData("orientation-9.jfif", false)]
    [InlineData("orientation-6.png", true)]
    [InlineData("orientation-6.webp", true)]
    [InlineData("orientation-6.tif", true)]
    [InlineData("xmp.png", true)]
    [InlineData("lossy.webp", false)]
    public void Read_Orientation_IsReportedWhetherAppliedOrNot(string name, bool oriented)
    {
        foreach (var reader in new[] { _reader, _orienting })
        {
            var result = reader.Read(() => File.OpenRead(Golden.PathOf("formats", name)), new byte[16 * 16 * 3]);

            Assert.Equal(new ImageResult(Failure: null, oriented), result);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _orienting.Dispose();
    }

    private static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Golden.PathOf("formats")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static void AssertPixels(ImageReader reader, string name, string suffix)
    {
        var (expected, expectedWidth, expectedHeight) = Golden.Image("formats", name + suffix);

        Assert.Null(reader.Decode(Golden.PathOf("formats", name), out var rgba, out var width, out var height));

        Assert.Equal((expectedWidth, expectedHeight), (width, height));
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            rgba.Slice(i * 4, 3).CopyTo(rgb.AsSpan(i * 3));
        }

        Assert.Equal(expected, rgb);
    }
}
