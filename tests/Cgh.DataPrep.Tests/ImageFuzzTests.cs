using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Damaged files of every format: none crashes, takes long, or ends in anything but an image or a reason of one line.</summary>
public sealed class ImageFuzzTests : IDisposable
{
    private const int MutationsPerFile = 200;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly ImageReader _reader = new(shortSide: 16, side: 16, orient: true);
    private readonly byte[] _rgb = new byte[16 * 16 * 3];

    public static TheoryData<string> Files => ImageFormatTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_RandomDamage_IsAnImageOrAReason(string name)
    {
        var file = File.ReadAllBytes(Golden.PathOf("formats", name));
        var mutations = new ImageMutations(seed: 1);
        for (var i = 0; i < MutationsPerFile; i++)
        {
            AssertBounded($"{name}, mutation {i}", mutations.Next(file));
        }
    }

    [Theory]
    [InlineData("orientation-6.jfif")]
    [InlineData("ycck.JPEG")]
    [InlineData("animated.png")]
    [InlineData("xmp.png")]
    [InlineData("animated.gif")]
    [InlineData("inside-its-canvas.webp")]
    [InlineData("lossy.webp")]
    [InlineData("run-length-8.bmp")]
    [InlineData("16-bit-long-header.bmp")]
    [InlineData("orientation-6.tif")]
    [InlineData("tiles.tif")]
    [InlineData("colour-jpeg.tif")]
    public void Read_CutAtEveryByte_IsAnImageOrAReason(string name)
    {
        var file = File.ReadAllBytes(Golden.PathOf("formats", name));
        for (var length = 0; length < file.Length; length++)
        {
            AssertBounded($"{name}, {length} bytes", file[..length]);
        }
    }

    public void Dispose() => _reader.Dispose();

    private void AssertBounded(string what, byte[] file)
    {
        var started = ThreadTime.Now;
        var result = _reader.Read(() => new MemoryStream(file), _rgb);
        var elapsed = ThreadTime.Now - started;

        if (result.Failure is { } reason)
        {
            Assert.True(reason.Length is > 0 and < 160 && !reason.Contains('\n', StringComparison.Ordinal) && reason[^1] != '.', $"{what}: '{reason}'");
        }

        Assert.True(elapsed < s_limit, $"{what} takes {elapsed.TotalSeconds:F1} s.");
    }
}
