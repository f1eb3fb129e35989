using System.Runtime.Versioning;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Native;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Training;

/// <summary>Tests that need a CUDA device, which are skipped without one and on Windows, which has no CUDA build.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CudaTests : IDisposable
{
    private readonly TemporaryFolder _folder;

    public CudaTests()
    {
        Assert.SkipUnless(cuda.is_available(), "There is no CUDA device.");
        _folder = new TemporaryFolder();
        TinyDataset.Create(_folder["tiny"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sgd", Precision.Float32)]
    [InlineData("rm3", Precision.Float32)]
    [InlineData("rm3", Precision.Bfloat16)]
    [InlineData("m3", Precision.Bfloat16)]
    public void Run_CleanLabels_LearnsTheTrainingSet(string rule, Precision precision)
    {
        var spec = Spec(rule, precision) with { Labels = "original", Epochs = 20 };
        var (device, _) = TorchSettings.Apply(spec.Device, spec.Threads);
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, device);

        var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);

        Assert.InRange(results[Curves.TrainSample].Acc1, 90, 100);
        Assert.InRange(results[Curves.Test].Acc1, 90, 100);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Part_OfAPinnedBatch_EqualsTheCpusBitForBit(ScalarType type)
    {
        var pixels = Enumerable.Range(0, 16 * 16 * 3).Select(i => (byte)(i / 3)).ToArray();
        using var scope = NewDisposeScope();
        float[] Part(BatchMemory memory, Device device)
        {
            using var batch = new Batch(capacity: 1, side: 16, memory);
            batch.Put(0, pixels, 16, default);
            return Plain.Values(batch.Part(0, 1, device, type).Images.to(float32));
        }

        Assert.Equal(Part(BatchMemory.Normalized, CPU), Part(BatchMemory.PinnedPixels, CUDA));
    }

    [Fact]
    public void Next_ReadAsInTraining_ReturnsEveryPinnedBatchIntact()
    {
        var spec = Spec("sgd", Precision.Float32);
        using var data = Open(spec);
        var order = Enumerable.Range(0, 200).Select(batch => Enumerable.Range(0, 30).Select(i => (batch + i) % 60).ToArray()).ToArray();
        using var pinned = new BatchReader(
            data.Train,
            data.Labels.Labels,
            order.Select(batch => (ReadOnlyMemory<int>)batch),
            30,
            BatchMemory.PinnedPixels);
        using var plain = new BatchReader(data.Train, data.Labels.Labels, order.Select(batch => (ReadOnlyMemory<int>)batch), 30);
        while (plain.Next() is { } expected)
        {
            using var scope = NewDisposeScope();
            var (images, labels) = pinned.Next()!.Part(0, 30, CUDA);
            var sum = images.sum().add(labels.sum()).item<float>();

            Assert.True(float.IsFinite(sum));
            Assert.Equal(Plain.Values(expected.Part(0, 30, CPU).Images), Plain.Values(images));
        }
    }

    [Fact]
    public void Apply_Tf32_IsEnabledOnlyOnRequest()
    {
        foreach (var asked in new[] { true, false })
        {
            var (_, environment) = TorchSettings.Apply(DeviceChoice.Cuda, threads: 1, tf32: asked, cudnnBenchmark: asked);

            Assert.Equal((asked, asked), (environment.Tf32, environment.CudnnBenchmark));
            Assert.Equal((asked, asked), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
            Assert.Equal((asked, !asked), (CudnnAlgorithms.Fastest, CudnnAlgorithms.Deterministic));
        }
    }

    private static RunSpec Spec(string rule, Precision precision) => TinyRun.Spec(rule) with { Device = DeviceChoice.Cuda, Precision = precision };

    private TrainingData Open(RunSpec spec) => TinyRun.Open(spec, _folder["tiny"]);
}
