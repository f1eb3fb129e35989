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
/// the pristine and of the corrupt ones. Images are cropped to their centre, and batch normalizations use the statistics of training examples at the
/// current weights (<see cref="BatchStatistics"/>).
/// </summary>
internal sealed class CoherenceMeter
{
    // The captured inputs and outputs of a chunk, which the backward pass needs at once, are several times those of an evaluation.
    private const int MaxChunk = 64;

    // Training examples for the batch statistics.
    private const int StatisticsExamples = 2000;

    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly int _chunk;
    private readonly Device _device;
    private readonly IReadOnlyList<(string Curve, int[] Examples)> _sets;
    private readonly int[] _statisticsExamples;

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
        var random = new RandomState(spec.Seed);
        _sets = Sets(spec, data.Labels, data.Dataset, random);

        // Not sorted: examples of the same class are often neighbours, and a mini-batch should have many classes.
        _statisticsExamples = [.. random.Permutation<int>([.. Enumerable.Range(0, data.Dataset.Manifest.Train.Images)]).Take(StatisticsExamples)];

        // An unknown layer is refused before the training starts.
        model.eval();
        new GradientSums(model).Dispose();
    }

    /// <summary>The files that a run writes because it measures coherence; empty if it does not.</summary>
    public static IReadOnlyList<string> Curves(RunSpec spec, LabelSet labels, Dataset dataset)
    {
        if (spec.CoherenceEvery == 0)
        {
            return [];
        }

        var sets = Sets(spec, labels, dataset, new RandomState(spec.Seed)).Select(set => set.Curve);
        return [.. sets, Cgh.Core.Runs.Curves.CoherenceEstimate, Cgh.Core.Runs.Curves.CoherenceLayers];
    }

    /// <summary>Measures each set; null if the evaluation before this epoch has no measurement.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public IReadOnlyList<SetCoherence>? Measure(int epoch, CancellationToken cancellationToken)
    {
        if (epoch % _spec.CoherenceEvery != 0 && epoch != _spec.Epochs)
        {
            return null;
        }

        _model.eval();
        using var statistics = new BatchStatistics(_model);
        if (statistics.AreUsed)
        {
            // Without the last mini-batch if it is smaller.
            var chunks = _statisticsExamples.Chunk(_chunk).ToList();
            Read(chunks.Where(chunk => chunk.Length == chunks[0].Length), (images, _) => statistics.Add(images), cancellationToken);
        }

        return [.. _sets.Select(set => new SetCoherence(set.Curve, Measure(set.Examples, cancellationToken)))];
    }

    private IReadOnlyList<(string Layer, CoherenceSums Sums)> Measure(int[] examples, CancellationToken cancellationToken)
    {
        using var sums = new GradientSums(_model);
        Read(examples.Chunk(_chunk), sums.Add, cancellationToken);
        return sums.Result();
    }

    private void Read(IEnumerable<int[]> chunks, Action<Tensor, Tensor> add, CancellationToken cancellationToken)
    {
        var batches = chunks.Select(chunk => (ReadOnlyMemory<int>)chunk);
        var centre = Cropping.Centre(_data.Dataset.Manifest.Side, _data.InputSide);
        using var reader = new BatchReader(_data.Train, _data.Labels.Labels, batches, _chunk, BatchMemories.For(_device), centre);
        var type = ModelTensors.InputType(_model);
        while (reader.Next() is { } batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (images, labels) = batch.Part(0, batch.Count, _device, type);
            add(images, labels);
        }
    }

    // The first examples of one permutation of each set, drawn from the run's seed. Sorted, so that the shards are read in order.
    private static IReadOnlyList<(string Curve, int[] Examples)> Sets(RunSpec spec, LabelSet labels, Dataset dataset, RandomState random)
    {
        var original = dataset.OriginalLabels(Split.Train);
        var all = Enumerable.Range(0, original.Length).ToArray();
        var pristine = all.Where(example => labels.Labels[example] == original[example]).ToArray();
        var corrupt = all.Where(example => labels.Labels[example] != original[example]).ToArray();
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
