using System.Runtime.InteropServices;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Data;
using Cgh.Trainer.Models;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Evaluation;

/// <summary>Evaluates a model on the four evaluation sets of the paper, and on the original test set if the dataset has one.</summary>
/// <param name="model">The model. It is left in evaluation mode.</param>
/// <param name="dataset">The dataset; images are cropped to their centre.</param>
/// <param name="labels">Labels of the training examples.</param>
/// <param name="side">Height and width of the crop.</param>
/// <param name="batchSize">Images per forward pass.</param>
/// <param name="device">Device of the model.</param>
internal sealed class Evaluator(nn.Module<Tensor, Tensor> model, Dataset dataset, LabelSet labels, int side, int batchSize, Device device)
{
    private readonly Cropping _centre = Cropping.Centre(dataset.Manifest.Side, side);
    private readonly EvaluationPlan _plan = new(labels.Examples);
    private readonly Lazy<EvaluationPlan> _planOfAll = new(() => EvaluationPlan.OfAll(labels.Examples, labels.Labels.Length));
    private readonly TestSet _test = new(dataset);
    private readonly TestSet? _originalTest = dataset.OriginalTest is { } original ? new(original) : null;

    /// <summary>The first training example of the last evaluation whose loss is not finite; null if all are.</summary>
    public int? NotFinite { get; private set; }

    /// <summary>Number of images in an evaluation.</summary>
    public int Images => _plan.Union.Length + _test.Indices.Length + (_originalTest?.Indices.Length ?? 0);

    /// <summary>
    /// Evaluates the model on each of <see cref="Curves.EvaluationSets"/> that has examples, and on <see cref="Curves.OriginalTest"/> if the dataset has one.
    /// </summary>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    /// <param name="records">
    /// Receives the <see cref="TrackingRecord"/> of every training example, in their order. The pass then goes through all of them, and the sets share it.
    /// </param>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public IReadOnlyDictionary<string, EvaluationResult> Evaluate(CancellationToken cancellationToken, byte[]? records = null)
    {
        var plan = records is null ? _plan : _planOfAll.Value;
        var train = Score(PixelSource.Of(dataset, Split.Train), labels.Labels, plan.Union, cancellationToken, records);
        NotFinite = Array.FindIndex(train.Losses, loss => !float.IsFinite(loss)) is >= 0 and var at ? plan.Union[at] : null;
        var results = plan.Sets
            .Where(set => set.Positions.Length > 0)
            .ToDictionary(set => set.Curve, set => train.Summary(set.Positions));
        foreach (var (curve, test) in new[] { (Curves.Test, _test), (Curves.OriginalTest, _originalTest) })
        {
            if (test is { Indices.Length: > 0 })
            {
                results[curve] = Score(test.Images, test.Labels, test.Indices, cancellationToken).Summary();
            }
        }

        return results;
    }

    /// <summary>Scores the examples of a split with these indices, in their order, and optionally records each.</summary>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public ExampleScores Score(IPixelSource images, IReadOnlyList<long> targets, int[] indices, CancellationToken cancellationToken, byte[]? records = null)
    {
        var scores = new ExampleScores(new float[indices.Length], new int[indices.Length]);
        ForEachBatch(images, targets, indices, cancellationToken, (logits, labels, done, count) =>
            ExampleScores.Of(
                logits,
                labels,
                scores.Losses.AsSpan(done, count),
                scores.Ranks.AsSpan(done, count),
                records is null ? [] : records.AsSpan(done * TrackingRecord.Size, count * TrackingRecord.Size)));
        return scores;
    }

    /// <summary>Passes the logits (float32, n x classes) of each batch of these examples on, in their order. They are released after each call.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Pass(IPixelSource images, int[] indices, CancellationToken cancellationToken, Action<Tensor> use) =>
        ForEachBatch(images, labels.Labels, indices, cancellationToken, (logits, _, _, _) => use(logits));

    /// <summary>Returns the most probable class of each of these examples, the first of equal ones, and its probability.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (int[] Classes, float[] Probabilities) Predict(IPixelSource images, int[] indices, CancellationToken cancellationToken)
    {
        var classes = new int[indices.Length];
        var probabilities = new float[indices.Length];
        ForEachBatch(images, labels.Labels, indices, cancellationToken, (logits, _, done, count) =>
        {
            var each = MemoryMarshal.Cast<byte, float>(nn.functional.softmax(logits, dim: 1).cpu().contiguous().bytes);
            var width = each.Length / count;
            for (var i = 0; i < count; i++)
            {
                var row = each.Slice(i * width, width);
                for (var j = 1; j < width; j++)
                {
                    classes[done + i] = row[j] > row[classes[done + i]] ? j : classes[done + i];
                }

                probabilities[done + i] = row[classes[done + i]];
            }
        });
        return (classes, probabilities);
    }

    // The logits are in float32, and released after each call.
    private void ForEachBatch(
        IPixelSource images, IReadOnlyList<long> targets, int[] indices, CancellationToken cancellationToken, Action<Tensor, Tensor, int, int> use)
    {
        var batches = Enumerable.Range(0, (indices.Length + batchSize - 1) / batchSize)
            .Select(batch => (ReadOnlyMemory<int>)indices.AsMemory(batch * batchSize, Math.Min(batchSize, indices.Length - (batch * batchSize))));
        var capacity = Math.Min(batchSize, Math.Max(1, indices.Length));
        using var reader = new BatchReader(images, targets, batches, capacity, BatchMemories.For(device), _centre);
        using var inference = inference_mode();
        model.eval();
        var type = ModelTensors.InputType(model);
        var done = 0;
        while (reader.Next() is { } batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (input, labels) = batch.Part(0, batch.Count, device, type);
            use(TrainingLoss.Widened(model.forward(input)), labels, done, batch.Count);
            done += batch.Count;
        }
    }

    // The validation split of a dataset, with its original labels.
    private sealed class TestSet(Dataset dataset)
    {
        public IPixelSource Images { get; } = PixelSource.Of(dataset, Split.Val);

        public long[] Labels { get; } = dataset.OriginalLabels(Split.Val);

        public int[] Indices { get; } = [.. Enumerable.Range(0, dataset.Manifest.Val.Images)];
    }
}
