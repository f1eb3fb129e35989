using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>A measurement of coherence as a run makes it, and a plain reference: a backward pass per example.</summary>
internal sealed class CoherenceWork : IWork
{
    private readonly TrainingData _data;
    private readonly Device _device;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly CoherenceMeter _meter;
    private readonly int[] _examples;

    /// <param name="spec">Spec of the run, with the number of examples.</param>
    /// <param name="dataset">Folder of the dataset.</param>
    public CoherenceWork(RunSpec spec, string dataset)
    {
        spec = spec with { CoherenceEvery = 1, Labels = Cgh.Core.Datasets.LabelSet.Original };
        (_device, var environment) = TorchSettings.Apply(spec.Device, spec.Threads);
        _data = TrainingData.Open(spec, dataset, verify: false, CancellationToken.None);
        _model = ModelRegistry.Create(spec.Model, _data.Dataset.Manifest.Classes.Count, _data.InputSide, spec.AuxiliaryLogits);
        _meter = new CoherenceMeter(_model, spec, _data, EvaluationBatch.Choose(spec, _model, _data.InputSide, _device), _device);
        _examples = [.. Enumerable.Range(0, spec.CoherenceExamples)];
        About = new Dictionary<string, object>
        {
            ["threads"] = environment.Threads,
            ["device"] = environment.Device,
            ["parameters"] = _model.parameters().Sum(parameter => parameter.numel()),
        };
    }

    public IReadOnlyDictionary<string, object> About { get; }

    /// <summary>Measures the coherence of the examples once.</summary>
    public double Sample() => Timing.Seconds(() => _meter.Measure(epoch: 0, CancellationToken.None));

    /// <summary>A backward pass per example, with the same sums.</summary>
    public double Loop() => Timing.Seconds(() =>
    {
        _model.eval();
        using var reader = new BatchReader(
            _data.Train, _data.Labels.Labels, _examples.Select(example => (ReadOnlyMemory<int>)new[] { example }), 1, BatchMemories.For(_device));
        var parameters = _model.parameters().Select(parameter => (Tensor)parameter).ToList();
        var sums = parameters.Select(parameter => zeros(parameter.shape, ScalarType.Float64)).ToList();
        var squares = 0.0;
        while (reader.Next() is { } batch)
        {
            using var scope = NewDisposeScope();
            var (images, labels) = batch.Part(0, 1, _device, ScalarType.Float32);
            var gradients = autograd.grad([nn.functional.cross_entropy(_model.forward(images), labels)], parameters);
            for (var i = 0; i < gradients.Count; i++)
            {
                sums[i].add_(gradients[i]);
                squares += gradients[i].square().sum().item<float>();
            }
        }

        sums.ForEach(sum => sum.Dispose());
    });

    public void Dispose()
    {
        _model.Dispose();
        _data.Dispose();
    }
}
