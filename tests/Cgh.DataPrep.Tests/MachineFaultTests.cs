using System.Diagnostics;
using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Tests.Archives;
using Cgh.DataPrep.Tests.Sources.Cifar;
using Cgh.DataPrep.Tests.Sources.Idx;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Packing while the disk or the share of the source fails: no image is skipped, and no source is taken for one of another kind.</summary>
public sealed class MachineFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The calls on a file in the order of the program: those that recognize a source come before those that read it.
    [Theory]
    [InlineData("folder", "pread64", "EIO", 1)]
    [InlineData("web", "openat", "EIO", 1)]
    [InlineData("web", "pread64", "ESTALE", 6)]
    [InlineData("imagenet", "openat", "EIO", 1)]
    [InlineData("parquet", "openat", "EIO", 1)]
    [InlineData("csv", "openat", "EMFILE", 1)]
    [InlineData("idx", "openat", "EIO", 1)]
    [InlineData("cifar", "pread64", "EIO", 2)]
    public async Task Pack_CallOnASourceFails_NamesItAndTheNextAttemptPacksEverything(string kind, string call, string error, int which)
    {
        var (source, file) = Write(kind);
        string[] pack =
        [
            Path.Combine(AppContext.BaseDirectory, "Cgh.DataPrep"), "pack", source, "--out", _folder["set"],
            "--side", "16", "--short-side", "16", "--empty-classes", "keep",
        ];
        await SkipWithoutStraceAsync();

        var fault = await RunAsync(
            "strace", ["-f", "-qq", "-o", _folder["trace"], "-P", file, "-e", $"trace={call}", "-e", Injection(call, error, which), .. pack]);

        Assert.Contains("(INJECTED)", await File.ReadAllTextAsync(_folder["trace"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, fault.ExitCode);
        Assert.StartsWith("Cannot read ", fault.Error, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(file), fault.Error, StringComparison.Ordinal);
        Assert.Equal(1, fault.Error.Count(letter => letter == '\n'));
        Assert.Equal((0, ""), await RunAsync(pack[0], pack[1..]));
        using var dataset = Dataset.Open(_folder["set"]);
        Assert.Empty(dataset.Manifest.Train.Skipped);
        Assert.Empty(dataset.Manifest.Val.Skipped);
    }

    private static string Injection(string call, string error, int which) =>
        string.Create(CultureInfo.InvariantCulture, $"inject={call}:error={error}:when={which}");

    private (string Source, string File) Write(string kind)
    {
        var source = _folder[kind];
        switch (kind)
        {
            case "folder":
                TestSource.Make(_folder, kind);
                return (source, Path.Combine(source, "train", "class001", "class001_00001.JPEG"));
            case "web":
                ArchiveZoo.WriteWebDataset(source);
                return (source, Directory.GetFiles(source, "*.tar").Order(StringComparer.Ordinal).First());
            case "imagenet":
                ArchiveZoo.WriteImageNet(source);
                var renamed = Path.Combine(source, "train.tar");
                File.Move(Path.Combine(source, "ILSVRC2012_img_train.tar"), renamed);
                return (renamed, renamed);
            case "parquet":
                (byte[]?, object?)[] Rows(Split split) =>
                    [.. SourceZoo.Images.Where(image => image.Split == split).Select(image => ((byte[]?)image.Bytes, (object?)image.Class))];
                new TestParquet().Write(Path.Combine(source, "validation-00000-of-00001.parquet"), Rows(Split.Val));
                return (source, new TestParquet().Write(Path.Combine(source, "train-00000-of-00001.parquet"), Rows(Split.Train)));
            case "csv":
                var images = TestSource.Make(_folder, kind);
                File.Delete(Path.Combine(images, "demo.json"));
                Directory.Move(Path.Combine(images, "train"), Path.Combine(images, "images"));
                Directory.Delete(Path.Combine(images, "val"), recursive: true);
                var files = Directory.GetFiles(images, "*.JPEG", SearchOption.AllDirectories);
                File.WriteAllText(
                    Path.Combine(images, "labels.csv"),
                    "file,label\n" + string.Concat(files.Select(file => $"{Path.GetRelativePath(images, file)},{Path.GetFileName(file)[..8]}\n")));
                return (source, Path.Combine(images, "labels.csv"));
            case "idx":
                Directory.CreateDirectory(source);
                IdxFiles.WriteSet(source);
                return (source, Directory.GetFiles(source, "train-images*")[0]);
            default:
                Directory.CreateDirectory(source);
                var archive = CifarFiles.WriteArchive(source, CifarFiles.Layout("CIFAR-10", "binary"));
                return (archive, archive);
        }
    }

    private static async Task SkipWithoutStraceAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has strace.");
        try
        {
            var (exitCode, _) = await RunAsync("strace", ["-qq", "-e", "inject=chroot:error=EIO", "true"]);
            Assert.SkipUnless(exitCode == 0, "strace may not trace processes here.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("strace is missing.");
        }
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string program, string[] arguments)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, error);
    }
}
