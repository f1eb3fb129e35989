using System.Diagnostics;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>The examples under "Read it with NumPy" in docs/datasets.md.</summary>
public sealed class NumPyExampleTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16, ShardBytes = 5 * 16 * 16 * 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public NumPyExampleTests() => _source = TestSource.Make(_folder);

    [Fact]
    public async Task Example_OfPixels_ReadsTheDataset()
    {
        Pack(s_options);

        var output = await RunAsync(Examples()[0]);

        Assert.Equal("12 (16, 16, 3) train/class000/class000_00000.JPEG class000\n12 corrupt\n", output);
    }

    [Fact]
    public async Task Example_OfEncodedImages_ReadsAFile()
    {
        Pack(s_options with { KeepJpeg = true });
        var (pixels, encoded) = Examples() is [var first, var second] ? (first, second) : default;

        // Without the line that prints the shape of pixels.
        var output = await RunAsync(string.Join('\n', pixels.Split('\n').Where(line => !line.StartsWith("print", StringComparison.Ordinal))) + "\n" + encoded);

        Assert.Equal($"5 ffd8 {new FileInfo(Path.Combine(_source, "train/class000/class000_00000.JPEG")).Length}\n", output);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Examples()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Cgh.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var section = File.ReadAllText(Path.Combine(root, "docs", "datasets.md")).Split("## Read it with NumPy")[1].Split("\n## ")[0];
        return [.. section.Split("```python\n").Skip(1).Select(block => block.Split("```")[0])];
    }

    private void Pack(PackOptions options)
    {
        DatasetPacker.Pack(_source, _folder["set"], options, cancellationToken: TestContext.Current.CancellationToken);
        using var dataset = Dataset.Open(_folder["set"]);
        LabelSet.Create(dataset, new LabelSetRequest { Name = "half-noise", Kind = LabelNoiseKind.PairFlip, Fraction = 1 });
    }

    private async Task<string> RunAsync(string example)
    {
        Assert.SkipUnless(File.Exists(Python) && await CanImportAsync(), "Debian's Python with NumPy is not installed.");
        Assert.Contains("data/datasets/demo", example, StringComparison.Ordinal);
        var (exitCode, output) = await PythonAsync(example.Replace("data/datasets/demo", _folder["set"], StringComparison.Ordinal));
        Assert.Equal(0, exitCode);
        return output;
    }

    private static async Task<bool> CanImportAsync() => (await PythonAsync("import numpy")).ExitCode == 0;

    private static async Task<(int ExitCode, string Output)> PythonAsync(string program)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", program]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
