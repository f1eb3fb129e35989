using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>Complete training steps: reading a batch, forward and backward pass, update.</summary>
internal sealed class StepWork : IWork
{
    // PyTorch's images are in memory. With more batches, mapped file pages would add to our peak memory.
    private const int Batches = 4;

    private readonly TrainingData _data;
    private readonly TrainingLoop _loop;
    private readonly BatchReader _reader;
    private readonly Device _device;
    private readonly int _steps;

    /// <param name="spec">Spec of the run.</param>
    /// <param name="dataset">Folder of the dataset.</param>
    /// <param name="steps">Steps per sample. A sample is the time per step.</param>
    public StepWork(RunSpec spec, string dataset, int steps)
    {
        (_device, var environment) = TorchSettings.Apply(spec.Device, spec.Threads, spec.Tf32, spec.CudnnBenchmark);
        _steps = steps;
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _loop = new TrainingLoop(spec, _data, _device);
        _loop.BeginTraining();
        var images = _data.Dataset.Manifest.Train.Images;
        var batches = Enumerable.Range(0, int.MaxValue).Select(batch =>
            (ReadOnlyMemory<int>)Enumerable.Range(batch % Batches * spec.BatchSize, spec.BatchSize).Select(i => i % images).ToArray());
        _reader = new BatchReader(_data.Train, _data.Labels.Labels, batches, spec.BatchSize, BatchMemories.For(_device));
        About = new Dictionary<string, object> { ["threads"] = environment.Threads, ["device"] = environment.Device };
        for (var warm = 0; warm < 4; warm++)
        {
            Sample();
        }
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Timing.SynchronizedSeconds(_device, () =>
    {
        for (var step = 0; step < _steps; step++)
        {
            _loop.Step(_reader.Next()!, learningRate: 1e-3);
        }
    }) / _steps;

    public void Dispose()
    {
        _reader.Dispose();
        _loop.Dispose();
        _data.Dispose();
    }
}
