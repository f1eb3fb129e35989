using System.Diagnostics;
using System.IO.Compression;
using Cgh.Core;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

/// <summary>Whole archives that are made to fill memory, time or the disk.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private const int MaxAllocated = 150 << 20;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Open_GzipBomb_IsRefusedAfterItsFirstPart()
    {
        WriteBomb(_folder["bomb.tar.gz"]);

        Assert.Equal($"{_folder["bomb.tar.gz"]} is refused: its compressed data expands more than 100 times.", Refusal(_folder["bomb.tar.gz"]));
    }

    [Fact]
    public void Open_DevkitBomb_IsRefusedAfterItsFirstPart()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        WriteBomb(_folder["ILSVRC2012_devkit_t12.tar.gz"]);

        Assert.Equal(
            $"{_folder["ILSVRC2012_devkit_t12.tar.gz"]} is refused: its compressed data expands more than 100 times.", Refusal(_folder.Path));
    }

    [Fact]
    public void Open_SynsetBomb_IsRefused()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var mat = new MatBytes();
        ArchiveZoo.WriteDevkit(_folder.Path, ArchiveZoo.Devkit(ArchiveZoo.GroundTruth, mat.File(compressed: false, mat.Compress(new byte[30 << 20]))));

        Assert.Equal(
            $"{_folder["ILSVRC2012_devkit_t12.tar.gz"]} contains data/meta.mat, which is refused: it has more than 8 MB when decompressed.",
            Refusal(_folder.Path));
    }

    [Fact]
    public void Open_TarWithoutEntries_SaysSo()
    {
        File.WriteAllBytes(_folder["a.tar"], new RawTar().End());

        Assert.StartsWith($"{_folder["a.tar"]} holds no image with a label: ", Refusal(_folder["a.tar"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TarsWithinTars_AreNotOpened()
    {
        var tar = ArchiveZoo.Tar([("0.jpg", [1]), ("0.cls", "0"u8.ToArray())]);
        for (var depth = 0; depth < 50; depth++)
        {
            tar = ArchiveZoo.Tar([("n00000001.tar", tar)]);
        }

        ArchiveZoo.WriteImageNet(_folder.Path);
        File.WriteAllBytes(
            _folder["ILSVRC2012_img_train.tar"],
            ArchiveZoo.Tar(SourceZoo.Classes.Select(wnid => ($"{wnid}.tar", wnid == SourceZoo.Classes[0] ? tar : ArchiveZoo.Tar([("1.JPEG", [1])])))));

        using var source = Open(_folder.Path);

        Assert.Equal(["not an image file: n01440764.tar/n00000001.tar"], source.Info.PassedOver.Select(files => $"{files.Reason}: {files.Examples.Single()}"));
    }

    [Fact]
    public void Open_ImageOfGigabytes_IsPassedOver()
    {
        using (var file = File.Create(_folder["a.tar"]))
        {
            file.Write(new RawTar().Add("0.jpg", size: "30000000000\0").ToArray());
            file.Position = 512 + 0xC000_0000L;
            file.Write(new RawTar().Add("0.cls", "0"u8).Add("1.jpg", "x"u8).Add("1.cls", "0"u8).End());
        }

        using var source = Open(_folder["a.tar"]);

        Assert.Equal(1, source.Images.Count);
        Assert.Equal(["larger than 256 MB", "sample without an image"], source.Info.PassedOver.Select(files => files.Reason));
    }

    [Fact]
    public void Open_Pipe_IsRefusedAtOnce()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders.");
        using (var process = Process.Start("mkfifo", [_folder["a.tar"]]))
        {
            process.WaitForExit();
        }

        Assert.Equal($"{_folder["a.tar"]} is empty or not a regular file.", Refusal(_folder["a.tar"]));
    }

    [Fact]
    public void Open_LongAndUnprintableNames_AreOneShortLine()
    {
        ArchiveZoo.WriteImageNet(_folder.Path);
        var name = $"n\u0001\u2028{new string('x', 3000)}.tar";
        var tars = SourceZoo.Classes.Select(wnid => ($"{wnid}.tar", new byte[1])).Append((name, [1]));
        File.WriteAllBytes(_folder["ILSVRC2012_img_train.tar"], ArchiveZoo.Tar(tars));

        var error = Refusal(_folder.Path);

        Assert.InRange(error.Length, 100, 800);
        Assert.DoesNotContain(error, char.IsControl);
    }

    public void Dispose() => _folder.Dispose();

    private static IImageSource Open(string path) => ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);

    private static string Refusal(string path)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserErrorException>(() => Open(path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MaxAllocated);
        return error;
    }

    /// <summary>A tar that claims 1 GB: 100 MB of zeros, which compress to half a megabyte.</summary>
    private static void WriteBomb(string path)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(new RawTar().Add("zeros.jpg", size: "10000000000\0").ToArray());
        var zeros = new byte[1 << 20];
        for (var megabyte = 0; megabyte < 100; megabyte++)
        {
            gzip.Write(zeros);
        }
    }
}
