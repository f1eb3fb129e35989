using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>Scores the training images with a given batch size. A sample is the time per image.</summary>
internal sealed class EvaluationWork : IWork
{
    private readonly TrainingData _data;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Evaluator _evaluator;
    private readonly int[] _images;

    public EvaluationWork(RunSpec spec, string dataset, int batch)
    {
        var (device, environment) = TorchSettings.Apply(spec.Device, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _model = ModelRegistry.Create(spec.Model, _data.Dataset.Manifest.Classes.Count, _data.InputSide, spec.AuxiliaryLogits);
        _evaluator = new Evaluator(_model, _data.Dataset, _data.Labels, _data.InputSide, batch, device);

        // Whole batches only.
        _images = [.. Enumerable.Range(0, _data.Dataset.Manifest.Train.Images / batch * batch)];
        About = new Dictionary<string, object> { ["threads"] = environment.Threads, ["images"] = _images.Length };
        Sample();
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() =>
        Timing.Seconds(() => _evaluator.Score(_data.Train, _data.Labels.Labels, _images, CancellationToken.None)) / _images.Length;

    public void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }
}
