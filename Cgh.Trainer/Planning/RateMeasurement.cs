using System.Diagnostics;
using System.Globalization;
using Cgh.Client.Planning;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Planning;

/// <summary>
/// Times a few real steps and evaluation batches of runs on this machine: on the dataset where it is packed, else on random
/// pixels of its size. Runs that differ in nothing that takes time are timed once.
/// </summary>
/// <param name="folder">Of the dataset; null while it is not packed.</param>
/// <param name="classes">Of the random pixels.</param>
/// <param name="side">Height and width of its images.</param>
/// <param name="report">Told what is being timed, a line each.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class RateMeasurement(string? folder, int classes, int side, Action<string> report, CancellationToken cancellationToken)
{
    private readonly Dictionary<RunSpec, Rate> _measured = [];

    /// <summary>The rate of <paramref name="run"/>.</summary>
    public Rate Of(RunSpec run)
    {
        var timed = run with { Name = "", Labels = LabelSet.Original, Weights = "", Seed = 0, Epochs = int.MaxValue, LearningRate = 1e-9, Schedule = Schedule.Step, StepEvery = int.MaxValue };
        if (!_measured.TryGetValue(timed, out var rate))
        {
            report($"Timing {run.Model} with {run.Rule}, mini-batches of {run.BatchSize} ...");
            _measured[timed] = rate = Measure(timed);
        }

        return rate;
    }

    private Rate Measure(RunSpec spec)
    {
        using var random = folder is null ? RandomDataset.Create(classes, spec.BatchSize, test: spec.BatchSize, side) : null;
        using var data = TrainingData.Open(spec, folder ?? random!.Folder, verify: false, cancellationToken);
        var (device, environment) = TorchSettings.Apply(spec.Device, spec.Threads, spec.Tf32, spec.CudnnBenchmark);
        var train = TimeSteps(spec, data, device);
        var evaluate = TimeEvaluation(spec, data, device);
        var on = string.Create(CultureInfo.InvariantCulture, $"{environment.Device} of this machine, {environment.Threads} {(environment.Threads == 1 ? "thread" : "threads")}");
        return new Rate(on, train, evaluate, Measured: true, $"a few steps and evaluation batches of each kind of run, on {(folder is null ? "random pixels" : "the dataset")}.");
    }

    private double TimeSteps(RunSpec spec, TrainingData data, Device device)
    {
        using var loop = new TrainingLoop(spec, data, device) { Position = (0, 0, Evaluated: true) };
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var steps = new Steps(enough);
        try
        {
            loop.Run(steps, enough.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Enough steps are timed.
        }

        return steps.ImagesPerSecond;
    }

    private double TimeEvaluation(RunSpec spec, TrainingData data, Device device)
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create(spec.Model, data.Dataset.Manifest.Classes.Count, spec.AuxiliaryLogits);
        model.to(device);
        using var weights = new FlatWeights(model, spec.Precision);
        var batchSize = EvaluationBatch.Choose(spec, model, data.InputSide, device);
        var evaluator = new Evaluator(model, data.Dataset, data.Labels, data.InputSide, batchSize, device);
        int[] batch = [.. Enumerable.Range(0, Math.Min(batchSize, data.Dataset.Manifest.Train.Images))];
        evaluator.Score(data.Dataset.Train, data.Labels.Labels, batch, cancellationToken);
        var timer = Stopwatch.StartNew();
        var images = 0L;
        do
        {
            evaluator.Score(data.Dataset.Train, data.Labels.Labels, batch, cancellationToken);
            images += batch.Length;
        }
        while (timer.Elapsed < Steps.MinTime);

        return images / timer.Elapsed.TotalSeconds;
    }

    /// <summary>Adds up the time between one step and the next; the first steps of an epoch wait for the first images.</summary>
    private sealed class Steps(CancellationTokenSource enough) : ITrainingWatcher
    {
        public static readonly TimeSpan MinTime = TimeSpan.FromSeconds(2);

        private const int MinSteps = 3;

        private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(45);

        private TimeSpan _time;
        private long _images;
        private long? _last;
        private int _timed;

        public double ImagesPerSecond => _images / _time.TotalSeconds;

        public void Stepped(int count, double loss, double learningRate)
        {
            var now = Stopwatch.GetTimestamp();
            if (_last is { } last)
            {
                _time += Stopwatch.GetElapsedTime(last, now);
                _images += count;
                _timed++;
            }

            _last = now;
            if ((_timed >= MinSteps && _time >= MinTime) || _time >= s_maxTime)
            {
                enough.Cancel();
            }
        }

        public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results) => _last = null;

        public void EpochEnded() => _last = null;
    }
}
