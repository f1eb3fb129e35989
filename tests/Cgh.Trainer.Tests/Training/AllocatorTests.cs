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
    public void Train_ToldToKeepFreedMemory_AsksForFewPagesAnewInAStep()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux counts the pages, and only glibc is told to keep them.");
        TinyDataset.Create(_folder["images"], train: 160, side: 96);

        Assert.InRange(PageFaultsInAnEpoch("kept", "keep"), 0, PageFaultsInAnEpoch("given-back", "system") / 4);
    }

    [Fact]
    public void Train_UnknownAllocator_SaysWhatThereIs()
    {
        TinyDataset.Create(_folder["images"]);
        using var process = TrainerProcess.StartWith(
            new() { [Allocator.Variable] = "fast" },
            "train", "--dataset", _folder["images"], "--model", "resnet-small", "--epochs", "1", "--batch-size", "10", "--out", _folder["runs"]);

        var (exitCode, _, errors) = process.Finish();

        Assert.Equal((2, "CGH_ALLOCATOR must be keep or system, or not set (it is 'fast')."), (exitCode, errors.Trim()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["runs"]));
    }

    // Between the evaluations before and after the third of three epochs: by then the peak has been seen.
    private long PageFaultsInAnEpoch(string name, string choice)
    {
        using var process = TrainerProcess.StartWith(
            new() { [Allocator.Variable] = choice },
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
