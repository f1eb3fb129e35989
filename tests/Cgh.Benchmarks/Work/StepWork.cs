using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Training;

namespace Cgh.Benchmarks.Work;

/// <summary>Whole steps as the trainer makes them: a batch from the reader, forward, backward, update.</summary>
internal sealed class StepWork : IWork
{
    private readonly TrainingData _data;
    private readonly TrainingLoop _loop;
    private readonly BatchReader _reader;

    public StepWork(RunSpec spec, string dataset)
    {
        var (device, environment) = TorchSettings.Apply(DeviceChoice.Cpu, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _loop = new TrainingLoop(spec, _data, device);
        _loop.BeginTraining();
        var batches = Enumerable.Range(0, int.MaxValue).Select(batch =>
            (ReadOnlyMemory<int>)Enumerable.Range(0, spec.BatchSize).Select(i => (int)((((long)batch * spec.BatchSize) + i) % _data.Dataset.Train.Count)).ToArray());
        _reader = new BatchReader(_data.Dataset.Train, _data.Labels.Labels, batches, spec.BatchSize);
        About = new Dictionary<string, object> { ["threads"] = environment.Threads };
        for (var warm = 0; warm < 4; warm++)
        {
            Sample();
        }
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Timing.Seconds(() => _loop.Step(_reader.Next()!, learningRate: 1e-3));

    public void Dispose()
    {
        _reader.Dispose();
        _loop.Dispose();
        _data.Dispose();
    }
}
