using System.Diagnostics;
using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>
/// The same mini-batch evaluated or trained twice, with records and without, in alternating order. Torch has one thread, the calling one, whose processor
/// time is measured.
/// </summary>
internal sealed class TrackingWork : IDisposable
{
    private const int WarmUp = 5;

    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly Device _device;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly int _evaluationBatch;
    private readonly TrackingFolder _folder;
    private readonly byte[] _records;

    public TrackingWork(RunSpec spec, string dataset, string folder)
    {
        _spec = spec;
        (_device, _) = TorchSettings.Apply(spec.Device, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _model = ModelRegistry.Create(spec.Model, _data.Dataset.Manifest.Classes.Count, _data.InputSide, spec.AuxiliaryLogits);
        _evaluationBatch = Math.Min(EvaluationBatch.Choose(spec, _model, _data.InputSide, _device), Images);
        _records = new byte[Images * TrackingRecord.Size];
        _folder = new TrackingFolder(folder);
        _folder.Begin(TrackingInfo.Of(spec, _data.Dataset, _data.Labels));
    }

    /// <summary>Training images, which are the examples of a pass.</summary>
    public int Images => _data.Dataset.Manifest.Train.Images;

    /// <summary>Images of a mini-batch of the evaluation.</summary>
    public int EvaluationBatchSize => _evaluationBatch;

    /// <summary>Evaluates mini-batches. The first pair of a mini-batch is two whole passes of it, the second one pass whose logits are scored twice.</summary>
    public IReadOnlyList<((double With, double Without) Whole, (double With, double Without) Scores)> Evaluate(int pairs)
    {
        using var reader = Reader(pairs, _evaluationBatch);
        using var inference = inference_mode();
        _model.eval();
        var (losses, ranks) = (new float[_evaluationBatch], new int[_evaluationBatch]);
        List<((double, double), (double, double))> measured = [];
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            var (images, labels) = batch.Part(0, batch.Count, _device);
            Tensor? logits = null;
            void Forward() => logits = _model.forward(images);
            void Score(bool isRecorded) => ExampleScores.Of(
                logits!, labels, losses, ranks, isRecorded ? _records.AsSpan(0, batch.Count * TrackingRecord.Size) : []);
            void Pass(bool isRecorded)
            {
                Forward();
                Score(isRecorded);
            }

            var whole = Pair(measured.Count, Pass);
            var forward = ThreadTime.Of(Forward);
            var scores = Pair(measured.Count + 1, Score);
            measured.Add((whole, (forward + scores.With, forward + scores.Without)));
        }

        return measured[WarmUp..];
    }

    /// <summary>Trains mini-batches. The first pair of a mini-batch is two whole steps, the second one step and the recording of its outputs alone.</summary>
    public IReadOnlyList<((double With, double Without) Whole, (double With, double Without) Recording)> Train(int pairs)
    {
        using var reader = Reader(pairs, _spec.BatchSize);
        using var loop = new TrainingLoop(_spec with { Epochs = 1, TrackLearning = LearningTracking.Training }, _data, _device);
        loop.BeginTraining();
        List<((double, double), (double, double))> measured = [];
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            ReadOnlyMemory<int> examples = Enumerable.Range(0, batch.Count).ToArray();
            var step = Pair(measured.Count, isRecorded => loop.Step(batch, _spec.LearningRate, isRecorded ? examples : default));
            var (images, labels) = batch.Part(0, batch.Count, _device);
            using var withoutGradients = no_grad();
            var logits = _model.forward(images);
            var recording = ThreadTime.Of(() => loop.Tracker.Add(logits, labels, examples.Span));
            measured.Add((step, (step.Without + recording, step.Without)));
        }

        return measured[WarmUp..];
    }

    /// <summary>Writes the file of a pass, and returns the seconds by the clock.</summary>
    public double Write()
    {
        var began = Stopwatch.GetTimestamp();
        _folder.Write(0, _records);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }

    private static (double With, double Without) Pair(int number, Action<bool> work)
    {
        if (number % 2 == 0)
        {
            var first = ThreadTime.Of(() => work(true));
            return (first, ThreadTime.Of(() => work(false)));
        }

        var without = ThreadTime.Of(() => work(false));
        return (ThreadTime.Of(() => work(true)), without);
    }

    // Whole mini-batches, again from the first when the images are used up.
    private BatchReader Reader(int pairs, int size)
    {
        var order = Enumerable.Range(0, Images).ToArray();
        var perPass = Images / size;
        var batches = Enumerable.Range(0, pairs + WarmUp).Select(batch => (ReadOnlyMemory<int>)order.AsMemory(batch % perPass * size, size));
        var centre = Cropping.Centre(_data.Dataset.Manifest.Side, _data.InputSide);
        return new BatchReader(_data.Train, _data.Labels.Labels, batches, size, BatchMemories.For(_device), centre);
    }
}
