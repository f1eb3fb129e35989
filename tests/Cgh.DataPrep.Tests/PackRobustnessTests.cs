using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Packing that is killed or interrupted, that finds the disk full, or that is started twice.</summary>
public sealed class PackRobustnessTests : IDisposable
{
    private const int ImageBytes = 16 * 16 * 3;

    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16, ShardBytes = 4 * ImageBytes };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Pack_KilledThreeTimesAtRandomMoments_GivesTheSameDataset()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await MakeLargeSourceAsync();
        Assert.Equal(0, (await DataPrepProcess.RunAsync(PackLarge("straight"))).ExitCode);
        var random = new Random(1);
        for (var kills = 0; kills < 3; kills++)
        {
            using var killed = DataPrepProcess.Start(PackLarge("resumed"));
            await WaitForShardsAsync(killed, "resumed", (kills * 5) + random.Next(1, 6));
            killed.Kill();
            await killed.WaitForExitAsync(cancellationToken);
            Assert.False(Directory.Exists(_folder["resumed"]), "The process ended before it could be killed.");
        }

        var (exitCode, _, error) = await DataPrepProcess.RunAsync(PackLarge("resumed"));

        Assert.Equal((0, ""), (exitCode, error));
        AssertSame("straight", "resumed");
    }

    [Theory]
    [InlineData("train/images-00001.npy")]
    [InlineData("train/images-00002.json")]
    [InlineData("val/labels.npy")]
    [InlineData("dataset.json")]
    public async Task Pack_DiskFullAtThatFile_FailsInOneLineAndResumes(string file)
    {
        var source = TestSource.Make(_folder);
        Pack(source, "straight");
        using (var opened = ImageSources.Open(source, cancellationToken: TestContext.Current.CancellationToken))
        {
            var plan = PackPlanner.Make(opened, s_options);
            DatasetPack.Open(opened, plan, _folder["resumed"], s_options, progress: null, TestContext.Current.CancellationToken).Dispose();
        }

        UserErrorException error;
        using (var full = await FullDevice.AtAsync(_folder["resumed.part", $"{file}.part"]))
        {
            error = await full.ErrorAsync<UserErrorException>(() => Pack(source, "resumed"));
        }

        Assert.StartsWith($"Cannot write {_folder["resumed.part"]}", error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(Directory.Exists(_folder["resumed"]));
        Assert.Equal(
            $"Dataset 'resumed' in {_folder.Path} is not complete: it is being packed, or that was interrupted. Rerun the command that packs it; "
                + "finished shards are kept.",
            Assert.Throws<UserErrorException>(() => Dataset.Open(_folder["resumed"])).Message);
        Pack(source, "resumed");
        AssertSame("straight", "resumed");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Pack_Interrupted_EndsInOneLineAndResumes(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        await MakeLargeSourceAsync();
        await DataPrepProcess.RunAsync(PackLarge("straight"));
        using var interrupted = DataPrepProcess.StartInterruptible(PackLarge("resumed"));
        var error = interrupted.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await WaitForShardsAsync(interrupted, "resumed", 3);

        await SignalAsync(interrupted, signal);
        await interrupted.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((130, "Interrupted. Rerun the command to resume: finished shards are kept.\n"), (interrupted.ExitCode, await error));
        Assert.Equal(0, (await DataPrepProcess.RunAsync(PackLarge("resumed"))).ExitCode);
        AssertSame("straight", "resumed");
    }

    [Fact]
    public async Task Pack_TwoProcessesAtOnce_BothEndWithTheDataset()
    {
        await MakeLargeSourceAsync();
        await DataPrepProcess.RunAsync(PackLarge("straight"));
        using (var killed = DataPrepProcess.Start(PackLarge("shared")))
        {
            await WaitForShardsAsync(killed, "shared", 1);
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var last = Path.GetFileName(Directory.GetFiles(_folder["straight", "train"], "images-*.npy").Max()!);
        Assert.False(File.Exists(_folder["shared.part", "train", last]), "The process ended before it could be killed.");

        // Neither can complete the dataset before both have joined: this process holds the claim of a shard.
        var claimPath = _folder["shared.part", "train", Path.ChangeExtension(last, ".lock")];
        using var claim = File.Open(claimPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var first = DataPrepProcess.Start(PackLarge("shared"));
        using var second = DataPrepProcess.Start(PackLarge("shared"));
        await Task.WhenAll(WaitForNoticeAsync(first), WaitForNoticeAsync(second));
        claim.Dispose();
        var both = await Task.WhenAll(EndAsync(first), EndAsync(second));

        Assert.Equal([(0, ""), (0, "")], both);
        AssertSame("straight", "shared");
    }

    public void Dispose() => _folder.Dispose();

    private string[] PackLarge(string name) =>
        ["pack", _folder["images"], "--out", _folder[name], "--side", "16", "--short-side", "16", "--shard-size", "15360"];

    private Task MakeLargeSourceAsync() => DataPrepProcess.RunAsync("demo", "--out", _folder["images"], "--classes", "10", "--train", "400", "--test", "10");

    private DatasetManifest Pack(string source, string name) =>
        DatasetPacker.Pack(source, _folder[name], s_options, cancellationToken: TestContext.Current.CancellationToken);

    private static Task WaitForNoticeAsync(Process packing)
    {
        var waits = new TaskCompletionSource();
        packing.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null || line.Data.StartsWith("Waiting for another process", StringComparison.Ordinal))
            {
                waits.TrySetResult();
            }
        };
        packing.BeginOutputReadLine();
        return waits.Task;
    }

    private async Task WaitForShardsAsync(Process packing, string name, int count)
    {
        var folder = _folder[$"{name}.part", "train"];
        while (!packing.HasExited && !(Directory.Exists(folder) && Directory.GetFiles(folder, "*.json").Length >= count))
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<(int ExitCode, string Error)> EndAsync(Process process)
    {
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }

    private void AssertSame(string expected, string actual)
    {
        var (left, right) = (TestSource.Content(_folder[expected]), TestSource.Content(_folder[actual]));
        Assert.Equal(left.Keys, right.Keys);
        Assert.All(left.Where(file => file.Key != DatasetManifest.FileName), file => Assert.Equal(file.Value, right[file.Key]));
    }
}
