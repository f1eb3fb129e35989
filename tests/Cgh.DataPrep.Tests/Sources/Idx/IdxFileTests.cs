using Cgh.Core;
using Cgh.DataPrep.Sources.Idx;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Sources.Idx;

/// <summary>Headers that lie and files that are cut short. Each is one line, before anything is written.</summary>
public sealed class IdxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<byte[], string> BadImages => new()
    {
        { [], "PATH ends within its header. Get it again." },
        { [0, 0, 8, 3, 0, 0, 0, 1, 0, 0], "PATH ends within its header. Get it again." },
        { "a text file"u8.ToArray(), "PATH is not an idx file: it does not start with two zero bytes." },
        {
            [.. IdxFiles.Header(8, 2, 3), .. new byte[6]],
            "PATH is not an idx file of images: its header says type 0x08 with 2 dimensions, and images have type 0x08 (bytes) with 3 dimensions."
        },
        {
            [.. IdxFiles.Header(0x0d, 1, 1, 1), .. new byte[4]],
            "PATH is not an idx file of images: its header says type 0x0d with 3 dimensions, and images have type 0x08 (bytes) with 3 dimensions."
        },
        {
            [.. IdxFiles.Header(8, 4_000_000_000, 28, 28), .. new byte[784]],
            "PATH: its header says 4000000000 images of 28 x 28 pixels. 1 to 20000000 images of 1 to 4096 pixels a side are possible."
        },
        {
            [.. IdxFiles.Header(8, 1, 65536, 65536), .. new byte[784]],
            "PATH: its header says 1 images of 65536 x 65536 pixels. 1 to 20000000 images of 1 to 4096 pixels a side are possible."
        },
        {
            IdxFiles.Header(8, 0, 28, 28),
            "PATH: its header says 0 images of 28 x 28 pixels. 1 to 20000000 images of 1 to 4096 pixels a side are possible."
        },
        { IdxFiles.Images(3)[..^1], "PATH is cut short: it holds 59 of 60 bytes (3 images of 5 x 4 pixels). Get it again." },
        { [.. IdxFiles.Images(3), 0], "PATH holds more than its header says (3 images of 5 x 4 pixels). Get it again." },
        { IdxFiles.Gzip(IdxFiles.Images(3)[..^1]), "PATH is cut short: it holds 59 of 60 bytes (3 images of 5 x 4 pixels). Get it again." },
        { IdxFiles.Gzip([.. IdxFiles.Images(3), 0]), "PATH holds more than its header says (3 images of 5 x 4 pixels). Get it again." },
        {
            IdxFiles.Gzip([.. IdxFiles.Header(8, 20_000_000, 4096, 4096), .. new byte[784]]),
            "PATH is too small for that (SIZE bytes, compressed). It is cut short, or not what it seems (20000000 images of 4096 x 4096 pixels). Get it again."
        },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public void Open_BadFile_SaysWhatIsWrong(byte[] content, string message)
    {
        File.WriteAllBytes(_folder["images"], content);

        var error = Assert.Throws<UserErrorException>(() => Open(_folder["images"]));

        var expected = message.Replace("PATH", _folder["images"], StringComparison.Ordinal).Replace("SIZE", $"{content.Length}", StringComparison.Ordinal);
        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public void Open_GzipBomb_IsReadOnlyAsFarAsItsHeaderSays()
    {
        using (var bomb = File.Create(_folder["images"]))
        using (var gzip = new System.IO.Compression.GZipStream(bomb, System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write(IdxFiles.Images(3));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 64; i++)
            {
                gzip.Write(zeros);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserErrorException>(() => Open(_folder["images"]));

        Assert.Equal($"{_folder["images"]} holds more than its header says (3 images of 5 x 4 pixels). Get it again.", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void OpenItems_FileCutShortAfterwards_IsAnIOException()
    {
        File.WriteAllBytes(_folder["images"], IdxFiles.Gzip(IdxFiles.Images(30, 28, 28)));
        var file = Open(_folder["images"]);
        File.WriteAllBytes(_folder["images"], IdxFiles.Gzip(IdxFiles.Images(3, 28, 28)));

        Assert.Throws<EndOfStreamException>(() => file.OpenItems(first: 20));
    }

    public void Dispose() => _folder.Dispose();

    private static IdxFile Open(string path) => IdxFile.Open(path, dimensions: 3, TestContext.Current.CancellationToken);
}
