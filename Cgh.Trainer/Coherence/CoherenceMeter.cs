using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Models;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Coherence;

/// <summary>
/// Measures the coherence of samples of the training examples, which are the same during a run: of all examples and, if the label set has both, of
/// the pristine and of the corrupt ones. Images are cropped to their centre.
/// </summary>
internal sealed class CoherenceMeter
{
    // The captured inputs and outputs of a chunk, which the backward pass needs at once, are several times those of an evaluation.
    private const int MaxChunk = 64;

    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly int _chunk;
    private readonly Device _device;
    private readonly IReadOnlyList<(string Curve, int[] Examples)> _sets;

    /// <param name="model">The model, on the device. A measurement leaves it in evaluation mode.</param>
    /// <param name="spec">Spec of the run: how often, how many examples, and the seed of the samples.</param>
    /// <param name="data">Data of the run.</param>
    /// <param name="batchSize">Largest number of images per forward pass.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="Cgh.Core.UserErrorException">A layer's gradients are not known.</exception>
    public CoherenceMeter(nn.Module<Tensor, Tensor> model, RunSpec spec, TrainingData data, int batchSize, Device device)
    {
        _model = model;
        _spec = spec;
        _data = data;
        _chunk = Math.Min(batchSize, MaxChunk);
        _device = device;
        _sets = Sets(spec, data.Labels, data.Dataset);

        // An unknown layer is refused before the training starts.
        model.eval();
        new GradientSums(model).Dispose();
    }

    /// <summary>The files that a run writes because it measures coherence; empty if it does not.</summary>
    public static IReadOnlyList<string> Curves(RunSpec spec, LabelSet labels, Dataset dataset) => spec.CoherenceEvery == 0
        ? []
        : [.. Sets(spec, labels, dataset).Select(set => set.Curve), Cgh.Core.Runs.Curves.CoherenceEstimate, Cgh.Core.Runs.Curves.CoherenceLayers];

    /// <summary>Measures each set; null if the evaluation before this epoch has no measurement.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public IReadOnlyList<SetCoherence>? Measure(int epoch, CancellationToken cancellationToken) =>
        epoch % _spec.CoherenceEvery != 0 && epoch != _spec.Epochs
            ? null
            : [.. _sets.Select(set => new SetCoherence(set.Curve, Measure(set.Examples, cancellationToken)))];

    private IReadOnlyList<(string Layer, CoherenceSums Sums)> Measure(int[] examples, CancellationToken cancellationToken)
    {
        var chunks = examples.Chunk(_chunk).Select(chunk => (ReadOnlyMemory<int>)chunk);
        var centre = Cropping.Centre(_data.Dataset.Manifest.Side, _data.InputSide);
        using var reader = new BatchReader(_data.Train, _data.Labels.Labels, chunks, _chunk, BatchMemories.For(_device), centre);
        _model.eval();
        using var sums = new GradientSums(_model);
        var type = ModelTensors.InputType(_model);
        while (reader.Next() is { } batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (images, labels) = batch.Part(0, batch.Count, _device, type);
            sums.Add(images, labels);
        }

        return sums.Result();
    }

    // The first examples of one permutation of each set, drawn from the run's seed. Sorted, so that the shards are read in order.
    private static IReadOnlyList<(string Curve, int[] Examples)> Sets(RunSpec spec, LabelSet labels, Dataset dataset)
    {
        var original = dataset.OriginalLabels(Split.Train);
        var all = Enumerable.Range(0, original.Length).ToArray();
        var pristine = all.Where(example => labels.Labels[example] == original[example]).ToArray();
        var corrupt = all.Where(example => labels.Labels[example] != original[example]).ToArray();
        var random = new RandomState(spec.Seed);
        (string, int[])[] sets = [(Cgh.Core.Runs.Curves.Coherence, Sample(all))];
        return pristine.Length < 2 || corrupt.Length < 2
            ? sets
            : [.. sets, (Cgh.Core.Runs.Curves.CoherencePristine, Sample(pristine)), (Cgh.Core.Runs.Curves.CoherenceCorrupt, Sample(corrupt))];

        int[] Sample(int[] from)
        {
            var examples = spec.CoherenceExamples == 0 ? RunSpec.DefaultCoherenceExamples : spec.CoherenceExamples;
            return [.. random.Permutation<int>(from).Take(examples).Order()];
        }
    }
}
