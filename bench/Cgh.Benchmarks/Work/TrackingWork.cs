using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>Evaluations with and without records, and epochs of training with and without, in one process so that they can alternate.</summary>
internal sealed class TrackingWork : IDisposable, ITrainingWatcher
{
    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly Device _device;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Evaluator _evaluator;
    private readonly TrackingFolder _folder;
    private readonly int[] _all;
    private readonly byte[] _records;
    private CancellationTokenSource? _trained;

    public TrackingWork(RunSpec spec, string dataset, string folder)
    {
        _spec = spec;
        (_device, _) = TorchSettings.Apply(spec.Device, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _model = ModelRegistry.Create(spec.Model, _data.Dataset.Manifest.Classes.Count, _data.InputSide, spec.AuxiliaryLogits);
        var batch = EvaluationBatch.Choose(spec, _model, _data.InputSide, _device);
        _evaluator = new Evaluator(_model, _data.Dataset, _data.Labels, _data.InputSide, batch, _device);
        _all = [.. Enumerable.Range(0, _data.Dataset.Manifest.Train.Images)];
        _records = new byte[_all.Length * TrackingRecord.Size];
        _folder = new TrackingFolder(folder);
        _folder.Begin(TrackingInfo.Of(spec, _data.Dataset, _data.Labels));
    }

    /// <summary>Evaluates what an untracked evaluation does, and returns the processor seconds.</summary>
    public double Usual() => ProcessorSeconds(() => _evaluator.Evaluate(CancellationToken.None));

    /// <summary>Evaluates all training examples and optionally records them and writes the file; returns the processor seconds.</summary>
    public double All(bool isRecorded) => ProcessorSeconds(() =>
    {
        _evaluator.Score(_data.Train, _data.Labels.Labels, _all, CancellationToken.None, isRecorded ? _records : null);
        if (isRecorded)
        {
            _folder.Write(0, _records);
        }
    });

    /// <summary>Scores random logits of all training examples, and optionally records them and writes the file; returns the processor seconds.</summary>
    public double Scores(bool isRecorded)
    {
        using var scope = NewDisposeScope();
        const int batch = 16;
        using var logits = randn(batch, _data.Dataset.Manifest.Classes.Count);
        using var labels = zeros(batch, int64);
        var (losses, ranks) = (new float[batch], new int[batch]);
        return ProcessorSeconds(() =>
        {
            for (var from = 0; from + batch <= _all.Length; from += batch)
            {
                using var inner = NewDisposeScope();
                var records = isRecorded ? _records.AsSpan(from * TrackingRecord.Size, batch * TrackingRecord.Size) : [];
                ExampleScores.Of(logits, labels, losses, ranks, records);
            }

            if (isRecorded)
            {
                _folder.Write(0, _records);
            }
        });
    }

    /// <summary>Trains an epoch without evaluations, with the records of the training pass or without; returns the processor seconds.</summary>
    public double Epoch(LearningTracking mode)
    {
        using var loop = new TrainingLoop(_spec with { Epochs = 1, TrackLearning = mode }, _data, _device) { Position = (0, 0, Evaluated: true) };
        using var trained = new CancellationTokenSource();
        _trained = trained;
        return ProcessorSeconds(() =>
        {
            try
            {
                loop.Run(this, trained.Token);
            }
            catch (OperationCanceledException)
            {
                // The epoch has ended; the evaluation after it is not measured.
            }
        });
    }

    public void Tracked(int epoch, ReadOnlyMemory<byte> records) => _folder.Write(epoch, records);

    public void Stepped(int count, double loss, double learningRate)
    {
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results)
    {
    }

    public void EpochEnded() => _trained!.Cancel();

    // Of all threads, so that other programs on the machine matter less.
    private static double ProcessorSeconds(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    public void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }
}
