using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Training;

[Collection(MeasuresThisProcess.Name)]
public sealed class TrainingMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingMemoryTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rm3")]
    [InlineData("m3")]
    public void Run_ThousandSteps_DoesNotLeakMemory(string rule)
    {
        var spec = TinyRun.Spec(rule) with { Epochs = 100, BatchSize = 6 };
        using var data = TinyRun.Open(spec, _folder["tiny"]);
        using var loop = new TrainingLoop(spec, data, CPU);
        var watcher = new MemoryWatcher(loop);

        // Collect the garbage of other tests first, so that it does not affect the counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        loop.Run(watcher, TestContext.Current.CancellationToken);

        Assert.Equal(1000, loop.TotalSteps);
        Assert.Equal(watcher.TensorsAt[100], watcher.TensorsAt[999]);
        Assert.InRange(watcher.ResidentAt[999] - watcher.ResidentAt[100], long.MinValue, 32 << 20);
    }
}
