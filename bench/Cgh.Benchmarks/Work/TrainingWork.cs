using System.Diagnostics;
using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;

namespace Cgh.Benchmarks.Work;

/// <summary>A complete run, timed from the end of the first evaluation, so that it has as many evaluations as epochs.</summary>
internal sealed class TrainingWork : IWork, ITrainingWatcher
{
    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly TorchSharp.torch.Device _device;
    private TrainingLoop? _loop;
    private long _started;

    public TrainingWork(RunSpec spec, string dataset)
    {
        _spec = spec;
        (_device, var environment) = TorchSettings.Apply(DeviceChoice.Cpu, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        About = new Dictionary<string, object> { ["threads"] = environment.Threads };
        Sample();
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample()
    {
        _started = 0;
        using (_loop = new TrainingLoop(_spec, _data, _device))
        {
            _loop.Run(this, CancellationToken.None);
            return Stopwatch.GetElapsedTime(_started).TotalSeconds;
        }
    }

    public void Stepped(int count, double loss, double learningRate)
    {
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results) =>
        _started = _started == 0 ? Stopwatch.GetTimestamp() : _started;

    public void EpochEnded()
    {
    }

    public void Dispose() => _data.Dispose();
}
