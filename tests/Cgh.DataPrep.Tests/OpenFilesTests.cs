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

    // How many files the runtime itself holds open differs between machines, so packing fails with some of these limits and succeeds with others.
    [Theory]
    [InlineData(80)]
    [InlineData(95)]
    public async Task Pack_FewOpenFiles_PacksEveryImageOrFails(int limit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such limit.");
        var program = Path.Combine(AppContext.BaseDirectory, "Cgh.DataPrep");
        var command = string.Create(CultureInfo.InvariantCulture, $"ulimit -n {limit}; exec \"$@\"");
        using var process = Process.Start(new ProcessStartInfo(
            "bash", ["-c", command, "bash", program, "pack", TestSource.Make(_folder), "--out", _folder["set"], "--side", "16", "--short-side", "16"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(process.ExitCode == 0, File.Exists(_folder["set", DatasetManifest.FileName]));
        if (process.ExitCode == 0)
        {
            var manifest = CghJson.Load<DatasetManifest>(_folder["set", DatasetManifest.FileName])!;
            Assert.Equal((12, 6, 0), (manifest.Train.Images, manifest.Val.Images, manifest.Train.Skipped.Count + manifest.Val.Skipped.Count));
        }
    }

    public void Dispose() => _folder.Dispose();
}
