using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tracking;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>
/// The training loop: alternates evaluations and epochs, and evaluates at the end. Between steps, its complete state is
/// <see cref="Tensors"/> and <see cref="Position"/>; with these restored, it continues identically.
/// </summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly RunSpec _spec;
    private readonly TrainingData _data;
    private readonly Device _device;
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly bool _usesRandomness;
    private readonly ScalarType _input;
    private readonly FlatWeights _weights;
    private readonly GradientRule _rule;
    private readonly Evaluator _evaluator;
    private readonly MiniBatches _miniBatches;
    private readonly CoherenceMeter? _coherence;
    private readonly CoherenceEstimate? _estimate;

    /// <summary>Creates a loop with initial weights drawn from the spec's seed.</summary>
    public TrainingLoop(RunSpec spec, TrainingData data, Device device)
    {
        _spec = spec;
        _data = data;
        _device = device;
        manual_seed(spec.Seed);
        _model = ModelRegistry.Create(spec.Model, data.Dataset.Manifest.Classes.Count, data.InputSide, spec.AuxiliaryLogits);
        _usesRandomness = ModelRegistry.UsesRandomness(_model);
        _model.to(device);
        _weights = new FlatWeights(_model, spec.Precision);
        _input = ModelTensors.InputType(_model);
        _rule = RuleFactory.Create(spec, _weights);
        EvaluationBatchSize = EvaluationBatch.Choose(spec, _model, data.InputSide, device);
        _evaluator = new Evaluator(_model, data.Dataset, data.Labels, data.InputSide, EvaluationBatchSize, device);
        Tracker = new LearningTracker(spec, data.Dataset.Manifest.Train.Images);
        if (spec.CoherenceEvery > 0)
        {
            _coherence = new CoherenceMeter(_model, spec, data, EvaluationBatchSize, device);
            _estimate = new CoherenceEstimate(_rule.Groups, spec.BatchSize, _weights.Values);
        }

        _miniBatches = new MiniBatches(data.Dataset.Manifest.Train.Images, spec.BatchSize, _rule.Groups);
    }

    /// <summary>Completed epochs, completed mini-batches of the current epoch, and whether the evaluation before the epoch is complete.</summary>
    public (int Epoch, int Step, bool Evaluated) Position { get; set; }

    public long StepsDone => ((long)Position.Epoch * _miniBatches.PerEpoch) + Position.Step;

    public long TotalSteps => (long)_spec.Epochs * _miniBatches.PerEpoch;

    /// <summary>Completed epochs, including the fraction of the current one.</summary>
    public double EpochsDone => Position.Epoch + ((double)Position.Step / _miniBatches.PerEpoch);

    public int EvaluationsLeft => _spec.Epochs - Position.Epoch + (Position.Evaluated ? 0 : 1);

    /// <summary>Images per forward pass of an evaluation.</summary>
    public int EvaluationBatchSize { get; }

    /// <summary>The records of the tracked epochs. Within a tracked epoch of training, they are part of the state.</summary>
    public LearningTracker Tracker { get; }

    /// <summary>Whether the state has records of a partly trained epoch.</summary>
    public bool IsWithinTrackedEpoch => Position.Step > 0 && Tracker.Trains(Position.Epoch);

    public ThroughputMeter Throughput { get; } = new();

    /// <summary>Parameters, batch statistics and rule state, by their names in a checkpoint.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors =>
        Model.Select(entry => KeyValuePair.Create(CheckpointFolder.ModelPrefix + entry.Key, entry.Value))
            .Concat(_rule.State().Select(entry => KeyValuePair.Create("rule." + entry.Key, entry.Value)))
            .Concat(_estimate?.State() ?? [])
            .ToDictionary();

    /// <summary>Parameters and batch statistics by torchvision's names, in float32 even if the layers compute in bfloat16.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Model =>
        ModelTensors.Of(_model).Select(entry => KeyValuePair.Create(entry.Key, _weights.Masters.GetValueOrDefault(entry.Key, entry.Value)));

    /// <summary>Loads initial weights from a file.</summary>
    /// <returns>Names of the file's tensors that were skipped: those of an auxiliary head that the model does not have, and of a replaced last layer.</returns>
    /// <exception cref="UserErrorException">The weights do not match the model; nothing was replaced.</exception>
    public IReadOnlyList<string> Begin(WeightsFile weights)
    {
        var classes = _data.Dataset.Manifest.Classes.Count;
        var leftOut = weights.CopyInto(
            Model,
            string.Create(CultureInfo.InvariantCulture, $"{_spec.Model} with the data's {classes} classes"),
            _spec.NewHead ? ModelRegistry.Heads(_spec.Model) : []);
        _weights.Moved();
        return leftOut;
    }

    /// <summary>Restores <see cref="Tensors"/>. The caller must also restore <see cref="Position"/>.</summary>
    /// <exception cref="UserErrorException">The tensors do not match; nothing was replaced.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> tensors)
    {
        ModelTensors.Copy(tensors, Tensors);
        _weights.Moved();
    }

    /// <summary>Trains from <see cref="Position"/> to the end and returns the last evaluation.</summary>
    /// <param name="watcher">Observes steps and evaluations.</param>
    /// <param name="cancellationToken">Stops between steps or between batches of an evaluation, with a consistent state.</param>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    /// <exception cref="UserErrorException">The training diverged.</exception>
    public IReadOnlyDictionary<string, EvaluationResult> Run(ITrainingWatcher watcher, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!Position.Evaluated)
            {
                var results = Evaluate(cancellationToken);
                var coherence = _coherence?.Measure(Position.Epoch, cancellationToken);
                Position = Position with { Evaluated = true };
                if (Tracker.OfEvaluation(Position.Epoch) is { } records)
                {
                    watcher.Tracked(Position.Epoch, records);
                }

                watcher.Evaluated(Position.Epoch, results);
                if (coherence is not null)
                {
                    watcher.Measured(Position.Epoch, coherence);
                }

                if (Position.Epoch == _spec.Epochs)
                {
                    return results;
                }
            }

            TrainEpoch(watcher, cancellationToken);
            if (Tracker.Trains(Position.Epoch))
            {
                watcher.Tracked(Position.Epoch, Tracker.Records);
            }

            Position = (Position.Epoch + 1, 0, false);
            watcher.EpochEnded();
        }
    }

    /// <summary>Examples per gradient of the estimate of coherence.</summary>
    public int EstimateSize => _estimate?.Size ?? 0;

    /// <summary>Returns the estimate of alpha since the last call and begins a new one; null if there is none.</summary>
    public double? TakeEstimate() => _estimate?.Take();

    /// <summary>Switches the model to training mode.</summary>
    public void BeginTraining() => _model.train();

    /// <summary>Whether all weights are finite.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        return _weights.Values.isfinite().all().item<bool>();
    }

    public void Dispose()
    {
        _estimate?.Dispose();
        _rule.Dispose();
        _weights.Dispose();
        _model.Dispose();
    }

    private IReadOnlyDictionary<string, EvaluationResult> Evaluate(CancellationToken cancellationToken)
    {
        Throughput.Evaluate();
        var results = _evaluator.Evaluate(cancellationToken, Tracker.OfEvaluation(Position.Epoch));
        Throughput.Evaluated();
        foreach (var (curve, result) in results)
        {
            if (!double.IsFinite(result.Loss))
            {
                throw Diverged(string.Create(CultureInfo.InvariantCulture, $"the {curve} loss is {result.Loss} before epoch {Position.Epoch}"));
            }
        }

        if (_evaluator.NotFinite is { } example)
        {
            throw Diverged(string.Create(
                CultureInfo.InvariantCulture, $"the loss of training example {example} is not finite before epoch {Position.Epoch}"));
        }

        return results;
    }

    private void TrainEpoch(ITrainingWatcher watcher, CancellationToken cancellationToken)
    {
        Throughput.Train();
        var order = EpochOrder.Of(_spec.Seed, Position.Epoch, _miniBatches.Examples);
        var remaining = Enumerable.Range(Position.Step, _miniBatches.PerEpoch - Position.Step)
            .Select(step => (ReadOnlyMemory<int>)order.AsMemory(_miniBatches.Of(step)));
        using var reader = new BatchReader(
            _data.Train, _data.Labels.Labels, remaining, _spec.BatchSize, BatchMemories.For(_device), CroppingOf(Position.Epoch));
        var learningRate = LearningRate.At(_spec, Position.Epoch);
        var waited = TimeSpan.Zero;
        BeginTraining();
        if (!IsWithinTrackedEpoch && Tracker.Trains(Position.Epoch))
        {
            Tracker.BeginEpoch();
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.Next() is not { } batch)
            {
                return;
            }

            var examples = Tracker.Trains(Position.Epoch) ? order.AsMemory(_miniBatches.Of(Position.Step)) : default;
            var loss = Step(batch, learningRate, examples);
            if (!double.IsFinite(loss))
            {
                throw Diverged(string.Create(CultureInfo.InvariantCulture, $"the loss is {loss} at epoch {Position.Epoch}, step {Position.Step}"));
            }

            Throughput.Stepped(batch.Count, reader.Waited - waited);
            waited = reader.Waited;
            Position = Position with { Step = Position.Step + 1 };
            watcher.Stepped(batch.Count, loss, learningRate);
        }
    }

    /// <summary>Performs a training step. The model must be in training mode.</summary>
    /// <param name="batch">The mini-batch.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <param name="examples">Indices of the mini-batch's examples, whose outputs are then recorded; empty if they are not tracked.</param>
    /// <returns>Mean loss of the mini-batch before the step. If it is not finite, the weights are unchanged.</returns>
    /// <exception cref="UserErrorException">A weight is not finite after the step.</exception>
    public double Step(Batch batch, double learningRate, ReadOnlyMemory<int> examples = default)
    {
        var bounds = RuleFactory.GroupBounds(batch.Count, _rule.Groups);
        var means = new Tensor[_rule.Groups];
        var tracked = new List<(Tensor Logits, Tensor Labels)>();
        if (_usesRandomness)
        {
            StepSeed.Apply(_spec.Seed, StepsDone);
        }

        using var step = NewDisposeScope();
        for (var group = 0; group < _rule.Groups; group++)
        {
            using var scope = NewDisposeScope();
            _rule.Begin(group);
            var (images, labels) = batch.Part(bounds[group], bounds[group + 1], _device, _input);
            var mean = TrainingLoss.Of(_model, images, labels, examples.IsEmpty ? null : logits => tracked.Add((logits, labels)));
            mean.backward();
            means[group] = mean.detach().MoveToOuterDisposeScope();
            if (!examples.IsEmpty)
            {
                tracked[group].Logits.MoveToOuterDisposeScope();
                labels.MoveToOuterDisposeScope();
            }
        }

        // Read the losses only when all groups are queued: on a GPU, the first read waits for all pending work, including the batch's transfer.
        var loss = means.Select((mean, group) => mean.item<float>() * (double)(bounds[group + 1] - bounds[group]) / batch.Count).Sum();
        if (_estimate is not null && double.IsFinite(loss))
        {
            _estimate.Add(_rule.Collected(), batch.Count);
        }

        if (double.IsFinite(loss) && !_rule.Step(learningRate))
        {
            throw Diverged(string.Create(
                CultureInfo.InvariantCulture, $"a weight is not finite after the {_spec.Rule} step at epoch {Position.Epoch}, step {Position.Step}"));
        }

        for (var group = 0; group < tracked.Count; group++)
        {
            Tracker.Add(tracked[group].Logits, tracked[group].Labels, examples.Span[bounds[group]..bounds[group + 1]]);
        }

        return loss;
    }

    private Cropping CroppingOf(int epoch)
    {
        var side = _data.Dataset.Manifest.Side;
        return _spec.Augmentation == Augmentation.CropFlip
            ? Cropping.AtRandom(side, _data.InputSide, _spec.Seed, epoch)
            : Cropping.Centre(side, _data.InputSide);
    }

    private UserErrorException Diverged(string symptom) => UserErrorException.Final(string.Create(
        CultureInfo.InvariantCulture,
        $"{_spec.Name}: training diverged ({symptom}). Train a new run with a learning rate below {_spec.LearningRate}. The last good checkpoint is kept."));
}
