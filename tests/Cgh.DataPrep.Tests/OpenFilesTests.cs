using System.Diagnostics;
using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class OpenFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // The runtime could not even load what it needs to print another error.
    [Theory]
    [InlineData(64)]
    [InlineData(75)]
    [InlineData(127)]
    public async Task AnyCommand_TooFewOpenFiles_SaysSoInOneLine(int limit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit.");

        var (exitCode, error) = await PackAsync(string.Create(CultureInfo.InvariantCulture, $"ulimit -n {limit}"));

        Assert.Equal(
            (1, string.Create(
                CultureInfo.InvariantCulture,
                $"This process may open only {limit} files, and 128 are needed. Raise the limit, such as with: ulimit -n 1024\n")),
            (exitCode, error));
    }

    // How many files the runtime itself holds open differs between machines, so packing fails with some of these limits and succeeds with others.
    [Theory]
    [InlineData(80)]
    [InlineData(95)]
    [InlineData(128)]
    public async Task Pack_FewOpenFiles_PacksEveryImageOrFails(int limit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit.");

        var (exitCode, _) = await PackAsync(string.Create(CultureInfo.InvariantCulture, $"ulimit -n {limit}"));

        Assert.Equal(exitCode == 0, File.Exists(_folder["set", DatasetManifest.FileName]));
        if (exitCode == 0)
        {
            var manifest = CghJson.Load<DatasetManifest>(_folder["set", DatasetManifest.FileName])!;
            Assert.Equal((12, 6, 0), (manifest.Train.Images, manifest.Val.Images, manifest.Train.Skipped.Count + manifest.Val.Skipped.Count));
        }
    }

    // The limit is for a file's size; the runtime itself would map a file larger than that.
    [Fact]
    public async Task Pack_ShardLargerThanTheFileSizeLimit_SaysSoInOneLineAndKeepsNothingHalfWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Another unit of ulimit -f.");

        var (exitCode, error) = await PackAsync("export DOTNET_EnableWriteXorExecute=0; ulimit -f 4");

        Assert.Equal(
            (1, $"Cannot write {_folder["set.part"]}: The file would be larger than its file system or the limit of the process (ulimit -f) allows. "
                + "Fix this and rerun the command to resume: finished shards are kept.\n"),
            (exitCode, error));
        Assert.Empty(Directory.GetFiles(_folder["set.part"], "*.npy*", SearchOption.AllDirectories));
        Assert.Equal((0, ""), await PackAsync("ulimit -n 1024"));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int ExitCode, string Error)> PackAsync(string limit)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Cgh.DataPrep");
        var command = $"{limit}; exec \"$@\"";
        using var process = Process.Start(new ProcessStartInfo(
            "bash", ["-c", command, "bash", program, "pack", TestSource.Make(_folder), "--out", _folder["set"], "--side", "16", "--short-side", "16"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
