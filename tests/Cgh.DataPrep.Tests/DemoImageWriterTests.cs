using System.Security.Cryptography;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.DataPrep.Demo;
using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class DemoImageWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Write_SameSeed_GivesTheSameBytes()
    {
        var first = TestSource.Content(TestSource.Make(_folder, "first"));
        var second = TestSource.Content(TestSource.Make(_folder, "second"));

        Assert.Equal(first.Keys, second.Keys);
        Assert.All(first, file => Assert.Equal(file.Value, second[file.Key]));
    }

    [Fact]
    public void Write_AnotherSeed_ChangesEveryImage()
    {
        var first = TestSource.Content(TestSource.Make(_folder, "first"));
        Write(_folder["second"], TestSource.Images with { Seed = 6 });
        var second = TestSource.Content(_folder["second"]);

        Assert.Equal(first.Keys, second.Keys);
        Assert.All(first, file => Assert.NotEqual(file.Value, second[file.Key]));
    }

    [Fact]
    public void Write_AnyCounts_GivesEveryClassAsManyDistinctImages()
    {
        var content = TestSource.Content(TestSource.Make(_folder));

        for (var label = 0; label < 3; label++)
        {
            Assert.Equal(4, content.Keys.Count(path => path.StartsWith($"train/class00{label}/", StringComparison.Ordinal)));
            Assert.Equal(2, content.Keys.Count(path => path.StartsWith($"val/class00{label}/", StringComparison.Ordinal)));
        }

        Assert.Equal(content.Count, content.Values.Select(Convert.ToBase64String).Distinct().Count());
    }

    [Fact]
    public void Write_Side_IsTheSizeOfTheImages()
    {
        Write(_folder["wide"], TestSource.Images with { Side = 40 });

        Assert.Null(new ImageReader(40, 40).Decode(_folder["wide", "train", "class000", "class000_00000.JPEG"], out _, out var width, out var height));

        Assert.Equal((40, 40), (width, height));
    }

    [Fact]
    public void Write_WithoutNoise_WritesTheBytesOfEarlierVersions()
    {
        var content = TestSource.Content(TestSource.Make(_folder));
        var all = content.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => file.Value).ToArray();

        Assert.Equal("45088517266cfe64d6c0c84d899dd5f96ad861e1d9f856d1ee50c4d759ba1e9f", Convert.ToHexStringLower(SHA256.HashData(all)));
    }

    [Fact]
    public void Write_Noise_ChangesTheHardImagesMoreThanTheEasyOnes()
    {
        Write(_folder["plain"], TestSource.Images with { Train = 60, Classes = 2 });
        var noisy = TestSource.Images with { Train = 60, Classes = 2, Noise = 1 };
        Write(_folder["noisy"], noisy);
        Write(_folder["again"], noisy);

        var changes = Directory.GetFiles(_folder["plain", "train"], "*.JPEG", SearchOption.AllDirectories)
            .Select(path => Difference(path, path.Replace(_folder["plain"], _folder["noisy"], StringComparison.Ordinal)))
            .Order().ToList();
        Assert.True(changes[^1] > 10 * changes[0], $"the least changed image by {changes[0]}, the most by {changes[^1]}");
        Assert.Equal(TestSource.Content(_folder["noisy"]), TestSource.Content(_folder["again"]));
        Assert.Equal("demo images: 2 classes, 60 train, 6 test, side 16, seed 5, noise up to 1", noisy.ToString());
    }

    [Fact]
    public void Write_SameImagesAgain_ChangesNothing()
    {
        var source = TestSource.Make(_folder);
        var image = Directory.GetFiles(source, "*.JPEG", SearchOption.AllDirectories)[0];
        File.WriteAllText(image, "edited");

        Write(source, TestSource.Images);

        Assert.Equal("edited", File.ReadAllText(image));
    }

    [Fact]
    public void Write_FolderOfOtherDemoImages_IsRejected()
    {
        var source = TestSource.Make(_folder);

        var error = Assert.Throws<UserErrorException>(() => Write(source, TestSource.Images with { Seed = 6 }));

        Assert.Equal($"{source} contains other demo images: 3 classes, 12 train, 6 test, side 16, seed 5. Delete it or choose another folder.", error.Message);
    }

    [Fact]
    public void Write_FolderWithOtherContent_IsRejectedAndKept()
    {
        File.WriteAllText(_folder["letter.txt"], "dear");

        var error = Assert.Throws<UserErrorException>(() => Write(_folder.Path, TestSource.Images));

        Assert.Equal($"{_folder.Path} is not empty and does not contain demo images. Choose another folder.", error.Message);
        Assert.Equal("dear", File.ReadAllText(_folder["letter.txt"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public async Task Pack_FolderWithAnotherFileOfTheMarkersName_IsAFolderOfImages(string content)
    {
        var source = TestSource.Make(_folder);
        File.WriteAllText(Path.Combine(source, DemoMarker.FileName), content);

        var (exitCode, _, error) = await DataPrepProcess.RunAsync("pack", source, "--out", _folder["set"], "--side", "16", "--short-side", "16");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            $"{source} is not empty and does not contain demo images. Choose another folder.",
            Assert.Throws<UserErrorException>(() => Write(source, TestSource.Images)).Message);
    }

    [Fact]
    public void Write_AfterAKilledAttempt_StartsOver()
    {
        var whole = TestSource.Content(TestSource.Make(_folder, "whole"));
        Directory.CreateDirectory(_folder["again.part", "train", "class000"]);
        File.WriteAllText(_folder["again.part", "demo.json"], "{}");
        File.WriteAllText(_folder["again.part", "train", "class000", "class000_00000.JPEG"], "half an im");

        Write(_folder["again"], TestSource.Images);

        Assert.Equal(whole, TestSource.Content(_folder["again"]));
        Assert.False(Directory.Exists(_folder["again.part"]));
    }

    [Fact]
    public async Task Write_TwiceAtOnce_BothEndWithTheImages()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Write(_folder["demo"], TestSource.Images))));

        Assert.Equal(TestSource.Content(TestSource.Make(_folder, "alone")), TestSource.Content(_folder["demo"]));
        Assert.Equal(["alone", "demo"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Write_AnotherIsWritingThere_SaysSoAndSucceedsAfterwards()
    {
        using (StagingFolder.Lock(_folder["demo.part.lock"], _folder["demo"]))
        {
            var error = Assert.Throws<UserErrorException>(() => Write(_folder["demo"], TestSource.Images));

            Assert.Equal($"Another process is writing {_folder["demo"]}. Wait until it ends, then rerun the command.", error.Message);
        }

        Write(_folder["demo"], TestSource.Images);
        Assert.Equal(["demo"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => DemoImageWriter.Write(_folder["new"], TestSource.Images, cancellationToken: cancellation.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(1, 10, 10, 16, "classes must be between 2 and 1000 (it is 1).")]
    [InlineData(10, 9, 10, 16, "train must be at least 10, one image per class (it is 9).")]
    [InlineData(10, 10, 0, 16, "test must be at least 10, one image per class (it is 0).")]
    [InlineData(10, 10, 10, 7, "side must be between 8 and 1024 pixels (it is 7).")]
    public void Write_ParameterOutOfRange_NamesItAndTheRange(int classes, int train, int test, int side, string expected)
    {
        var images = new DemoImages { Classes = classes, Train = train, Test = test, Side = side };

        var error = Assert.Throws<UserErrorException>(() => Write(_folder["new"], images));

        Assert.Equal((expected, 2), (error.Message, error.ExitCode));
    }

    [Theory]
    [InlineData(0.09)]
    [InlineData(11)]
    [InlineData(double.NaN)]
    public void Write_NoiseOutOfRange_NamesItAndTheRange(double noise)
    {
        var error = Assert.Throws<UserErrorException>(() => Write(_folder["new"], TestSource.Images with { Noise = noise }));

        Assert.Equal((FormattableString.Invariant($"noise must be between 0.1 and 10 (it is {noise})."), 2), (error.Message, error.ExitCode));
    }

    public void Dispose() => _folder.Dispose();

    // Mean absolute difference of the pixels.
    private static double Difference(string first, string second) => Pixels(first).Zip(Pixels(second)).Average(pair => Math.Abs(pair.First - pair.Second));

    private static byte[] Pixels(string path)
    {
        Assert.Null(new ImageReader(16, 16).Decode(path, out var pixels, out _, out _));
        return pixels.ToArray();
    }

    private static void Write(string folder, DemoImages images) =>
        DemoImageWriter.Write(folder, images, cancellationToken: TestContext.Current.CancellationToken);
}
