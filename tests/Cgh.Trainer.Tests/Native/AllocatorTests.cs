using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Trainer.Native;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules.Kernels;
using TorchSharp;

namespace Cgh.Trainer.Tests.Native;

public sealed class AllocatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_HeapKeepsFreedMemory_CausesFewPageFaults()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Page faults are counted only on Linux, and only glibc's heap is configured.");
        TinyDataset.Create(_folder["images"], train: 64, side: 96);

        var (kept, keptPeak) = PageFaultsInAnEpoch("kept", "");
        var (given, givenPeak) = PageFaultsInAnEpoch("given-back", "system");

        Assert.InRange(kept, 0, given / 4);
        Assert.InRange(keptPeak, 0, givenPeak);
    }

    [Fact]
    public void TorchIsLoaded_SupportedLibtorch_UsesThisAllocatorWithCacheLineAlignment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Elsewhere Torch keeps its own allocator.");
        TorchSettings.Apply(DeviceChoice.Cpu, threads: 1);

        Assert.True(OperatingSystem.IsLinux() && TensorMemory.IsTaken);
        using var scope = torch.NewDisposeScope();
        foreach (var length in new long[] { 1, 3, 15, 16, 17, 1000, 1 << 20 })
        {
            var ones = torch.ones(length);

            Assert.Equal(0, Address(ones) % 64);
            Assert.Equal(length, ones.sum().item<float>());
        }

        Assert.Equal(0, torch.ones(0).sum().item<float>());
    }

    [Theory]
    [InlineData(true, Architecture.X64, true, true)]
    [InlineData(true, Architecture.X64, false, false)]
    [InlineData(true, Architecture.Arm64, true, false)]
    [InlineData(false, Architecture.X64, true, false)]
    [InlineData(false, Architecture.Arm64, false, false)]
    public void IsKnownPlatform_LinuxOnX64WithGlibc_IsTheOnlyOne(bool isLinux, Architecture architecture, bool isGlibc, bool expected) =>
        Assert.Equal(expected, Allocator.IsKnownPlatform(isLinux, architecture, () => isGlibc));

    [Fact]
    public void IsKnownPlatform_NotLinux_DoesNotLookForGlibc() =>
        Assert.False(Allocator.IsKnownPlatform(isLinux: false, Architecture.X64, () => throw new InvalidOperationException("It looked.")));

    [Fact]
    public void Train_UnknownAllocator_NamesTheValidValue()
    {
        TinyDataset.Create(_folder["images"]);
        using var process = TrainerProcess.StartWith(
            new() { [Allocator.Variable] = "fast" },
            "train", "--dataset", _folder["images"], "--model", "resnet-small", "--epochs", "1", "--batch-size", "10", "--out", _folder["runs"]);

        var (exitCode, _, errors) = process.Finish();

        Assert.Equal((2, "CGH_ALLOCATOR must be 'system' or unset (it is 'fast')."), (exitCode, errors.Trim()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["runs"]));
    }

    [Fact]
    public void Train_OutOfMemory_RecordsTheFailure()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere Torch keeps its own allocator, and throws.");
        TinyDataset.Create(_folder["images"], train: 160, side: 96);
        using var process = TrainerProcess.Start(
            "train", "--dataset", _folder["images"], "--model", "resnet18", "--epochs", "1", "--batch-size", "160", "--lr", "0.01",
            "--threads", "1", "--device", "cpu", "--out", _folder["runs"], "--name", "large", "--supervised");
        AttemptEvent? last = null;
        while (process.NextEvent() is { } happened)
        {
            // The first evaluation is complete, and the first step needs ten times as much memory. Suspend the process while setting its limit.
            if (happened is AttemptRows { Curve: Curves.Test })
            {
                process.Signal("STOP");
                Do("prlimit", "--pid", $"{process.Id}", $"--as={(Kilobytes(process.Id, "VmSize") * 1024) + (64 << 20)}");
                process.Signal("CONT");
            }

            last = happened;
        }

        var (exitCode, _, errors) = process.Finish();
        var record = new ExperimentFolder(_folder["runs"]).Run("large").Load();
        Assert.True(exitCode == 1, $"{exitCode}: {errors}");
        Assert.StartsWith("Out of memory: cannot allocate a tensor of ", errors);
        Assert.Equal(errors.Trim(), Assert.IsType<AttemptEnded>(last).Error);
        Assert.Equal((RunStatus.Failed, errors.Trim()), (record.Status, record.Error));
        Assert.Equal(RunStatus.Failed, record.Attempts.Single().Status);
    }

    // Counted in the third of three epochs, by which time memory has reached its peak.
    private (long PageFaults, long PeakMemory) PageFaultsInAnEpoch(string name, string choice)
    {
        using var process = TrainerProcess.StartWith(
            new() { [Allocator.Variable] = choice },
            "train", "--dataset", _folder["images"], "--model", "resnet18", "--epochs", "3", "--batch-size", "16", "--lr", "0.01",
            "--threads", "1", "--device", "cpu", "--out", _folder["runs"], "--name", name, "--supervised");
        var counts = new List<long>();
        long peak = 0;
        while (process.NextEvent() is { } happened)
        {
            if (happened is AttemptRows { Curve: Curves.Test })
            {
                counts.Add(PageFaults(process.Id));
                peak = Kilobytes(process.Id, "VmHWM");
            }
        }

        Assert.Equal(0, process.Finish().ExitCode);
        return (counts[3] - counts[2], peak);
    }

    private static long PageFaults(int process)
    {
        var afterName = File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1];
        return long.Parse(afterName.Split(' ')[7], CultureInfo.InvariantCulture);
    }

    private static void Do(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static long Kilobytes(int process, string what) =>
        long.Parse(
            File.ReadLines($"/proc/{process}/status")
                .Single(line => line.StartsWith($"{what}:", StringComparison.Ordinal))
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    private static unsafe long Address(torch.Tensor tensor) => (long)FlatVector.Pointer(tensor);
}
