using System.Diagnostics;
using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Native;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Training;

namespace Cgh.Benchmarks.Work;

/// <summary>A run with the trainer's recording; <see cref="About"/> has the fractions of time spent on recording, evaluation and training.</summary>
internal sealed class BookkeepingWork : IWork, ITrainingWatcher
{
    private readonly RunRecorder _recorder;
    private long _recording;
    private long _evaluating;
    private long _evaluationBegan;

    public BookkeepingWork(RunSpec spec, string dataset)
    {
        var folder = Directory.CreateTempSubdirectory("cgh-benchmarks-run-").FullName;
        try
        {
            var (device, _) = TorchSettings.Apply(DeviceChoice.Cpu, spec.Threads);
            using var data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
            using var loop = new TrainingLoop(spec, data, device);
            var settings = AttemptSettings.New(spec, new RunFolder(folder), dataset, verifyData: false, number: 1);
            var fence = new RunFence(settings.Folder, attempt: 1);
            using var curves = new CurveFiles(settings.Folder, fence, new Dictionary<string, int>());
            _recorder = new RunRecorder(
                settings,
                loop,
                curves,
                new CheckpointFolder(settings.Folder.Checkpoints),
                fence,
                new TensorBoardLog(settings.Folder),
                new SupervisedOutput(TextWriter.Null, TextWriter.Null),
                data.Fingerprint,
                secondsBefore: 0);
            var began = _evaluationBegan = Stopwatch.GetTimestamp();
            loop.Run(this, CancellationToken.None);
            var all = (double)(Stopwatch.GetTimestamp() - began);
            About = new Dictionary<string, object>
            {
                ["bookkeeping"] = _recording / all,
                ["evaluation"] = _evaluating / all,
                ["training"] = 1 - ((_recording + _evaluating) / all),
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => 0;

    public void Stepped(int count, double loss, double learningRate) => Record(() => _recorder.Stepped(count, loss, learningRate));

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results)
    {
        _evaluating += Stopwatch.GetTimestamp() - _evaluationBegan;
        Record(() => _recorder.Evaluated(epoch, results));
    }

    public void EpochEnded()
    {
        Record(_recorder.EpochEnded);
        _evaluationBegan = Stopwatch.GetTimestamp();
    }

    public void Dispose()
    {
    }

    private void Record(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        work();
        _recording += Stopwatch.GetTimestamp() - began;
    }
}
