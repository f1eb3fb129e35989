using System.Diagnostics;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Tracking;

/// <summary>The example under "Read the tracking files with NumPy" in docs/run-folder.md.</summary>
[Collection(TorchInOtherProcesses.Name)]
public sealed class NumPyExampleTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Example_OfATrackedRun_ReadsTheRecordsAndTheTimes()
    {
        Assert.SkipUnless(File.Exists(Python) && (await PythonAsync("import numpy")).ExitCode == 0, "Debian's Python with NumPy is not installed.");
        TinyDataset.Create(_folder["tiny"]);
        string[] arguments =
        [
            "train", "--dataset", _folder["tiny"], "--model", "resnet-small", "--epochs", "3", "--batch-size", "20", "--threads", "1", "--device", "cpu",
            "--track-learning", "evaluation", "--out", _folder["out"],
        ];
        Assert.Equal(0, TrainerProcess.Run(arguments).ExitCode);

        var (exitCode, output) = await PythonAsync(Example().Replace("data/experiments/tracked/sgd", _folder["out/sgd"], StringComparison.Ordinal));

        Assert.Equal((0, "evaluation (4, 60) True\nTrue\n"), (exitCode, output));
    }

    private static string Example()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Cgh.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        var section = File.ReadAllText(Path.Combine(root, "docs", "run-folder.md")).Split("## Read the tracking files with NumPy")[1];
        return section.Split("```python\n")[1].Split("```")[0];
    }

    private static async Task<(int ExitCode, string Output)> PythonAsync(string program)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", program]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
