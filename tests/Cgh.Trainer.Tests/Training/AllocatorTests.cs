using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Training;

public sealed class AllocatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_OnGlibc_AsksForFewPagesAnewInAStep()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux counts the pages, and only glibc is told to keep them.");
        TinyDataset.Create(_folder["images"], train: 160, side: 96);

        Assert.InRange(PageFaultsInAnEpoch("kept", []), 0, PageFaultsInAnEpoch("given-back", new() { [Allocator.Variable] = "system" }) / 4);
    }

    // Between the evaluations before and after the third of three epochs: by then the peak has been seen.
    private long PageFaultsInAnEpoch(string name, Dictionary<string, string> environment)
    {
        using var process = TrainerProcess.StartWith(
            environment,
            "train", "--dataset", _folder["images"], "--model", "resnet18", "--epochs", "3", "--batch-size", "16", "--lr", "0.01",
            "--threads", "1", "--device", "cpu", "--out", _folder["runs"], "--name", name, "--supervised");
        var counts = new List<long>();
        while (process.NextEvent() is { } happened)
        {
            if (happened is AttemptRows { Curve: Curves.Test })
            {
                counts.Add(PageFaults(process.Id));
            }
        }

        Assert.Equal(0, process.Finish().ExitCode);
        return counts[3] - counts[2];
    }

    private static long PageFaults(int process)
    {
        var afterName = File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1];
        return long.Parse(afterName.Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
