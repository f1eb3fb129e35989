using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class CentreCropResizerTests
{
    private static readonly ResizeCase[] s_cases = Golden.Json<ResizeCase[]>("resize", "cases.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, s_cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Resize_AnySize_EqualsPillowByteForByte(int index)
    {
        var (input, shortSide, side, expected) = s_cases[index];
        var (rgb, width, height) = Golden.Image("resize", input);
        var actual = new byte[side * side * 3];
        Array.Fill(actual, (byte)77);

        Resize(new CentreCropResizer(side), rgb, width, height, shortSide, side, actual);

        Assert.Equal(Golden.Image("resize", expected).Rgb, actual);
    }

    [Fact]
    public void Resize_ReusedForAllSizes_KeepsNoState()
    {
        var resizer = new CentreCropResizer(31);
        foreach (var (input, shortSide, side, expected) in s_cases.Where(reference => reference is { ShortSide: 24, Side: 31 }))
        {
            var (rgb, width, height) = Golden.Image("resize", input);
            var actual = new byte[side * side * 3];

            Resize(resizer, rgb, width, height, shortSide, side, actual);

            Assert.Equal(Golden.Image("resize", expected).Rgb, actual);
        }
    }

    [Fact]
    public void Resize_ImageOfTheFinalSize_CopiesThePixels()
    {
        var rgb = new byte[20 * 20 * 3];
        new Random(1).NextBytes(rgb);
        var actual = new byte[rgb.Length];

        Resize(new CentreCropResizer(20), rgb, 20, 20, 20, 20, actual);

        Assert.Equal(rgb, actual);
    }

    [Theory]
    [InlineData(500, 375, 256, 224, 341, 58)]
    [InlineData(375, 500, 256, 224, 256, 16)]
    [InlineData(300, 200, 201, 100, 301, 100)]
    [InlineData(299, 200, 200, 200, 299, 50)]
    public void CropAxisFor_ImageSize_RoundsLikePython(int width, int height, int shortSide, int side, int resizedWidth, int left)
    {
        var (horizontal, _) = CropAxis.For(width, height, shortSide, side);

        Assert.Equal((resizedWidth, left), (horizontal.Resized, horizontal.First));
    }

    private static void Resize(CentreCropResizer resizer, byte[] rgb, int width, int height, int shortSide, int side, byte[] actual) =>
        resizer.Resize(new DecodedPixels(WithAlpha(rgb), 0, width), new ImageCrop(width, height, shortSide, side), actual);

    // The fourth byte varies, so that the tests detect it leaking into the colours.
    private static byte[] WithAlpha(byte[] rgb)
    {
        var rgba = new byte[rgb.Length / 3 * 4];
        for (var i = 0; i < rgb.Length / 3; i++)
        {
            rgb.AsSpan(i * 3, 3).CopyTo(rgba.AsSpan(i * 4));
            rgba[(i * 4) + 3] = (byte)(i * 37);
        }

        return rgba;
    }

    private sealed record ResizeCase(string Input, int ShortSide, int Side, string Expected);
}
