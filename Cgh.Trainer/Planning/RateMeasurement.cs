using System.Diagnostics;
using System.Globalization;
using Cgh.Client.Planning;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Planning;

/// <summary>
/// Times a few steps and evaluation batches of runs on this machine, with the dataset or, if it is not packed, with random pixels of
/// the same size. Runs that differ only in settings that do not affect the speed are timed once.
/// </summary>
/// <param name="folder">Folder of the dataset; null if it is not packed.</param>
/// <param name="classes">Number of classes of the random pixels.</param>
/// <param name="side">Height and width of the images.</param>
/// <param name="report">Receives a line for each measurement.</param>
/// <param name="cancellationToken">Cancels the measurement.</param>
internal sealed class RateMeasurement(string? folder, int classes, int side, Action<string> report, CancellationToken cancellationToken)
{
    private readonly Dictionary<RunSpec, Rate> _measured = [];

    /// <summary>Returns the rate of a run.</summary>
    public Rate Of(RunSpec run)
    {
        var timed = run with
        {
            Name = "",
            Labels = LabelSet.Original,
            Weights = "",
            Seed = 0,
            Epochs = int.MaxValue,
            LearningRate = 1e-9,
            Schedule = Schedule.Step,
            StepEvery = int.MaxValue,
            TrackLearning = LearningTracking.Off,
            TrackEvery = null,

            // The estimate is part of a step, a measurement is not.
            CoherenceEvery = run.CoherenceEvery > 0 ? int.MaxValue : 0,
            CoherenceExamples = 0,
        };
        if (!_measured.TryGetValue(timed, out var rate))
        {
            report($"Timing {run.Model} with {run.Rule}, batch size {run.BatchSize} ...");
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
        var threads = string.Create(CultureInfo.InvariantCulture, $"{environment.Threads} {(environment.Threads == 1 ? "thread" : "threads")}");
        var pixels = folder is null ? "random pixels" : "the dataset";
        return new Rate(
            $"{environment.Device} of this machine, {threads}",
            train,
            evaluate,
            Measured: true,
            $"a few steps and evaluation batches of each kind of run, on {pixels}.");
    }

    private double TimeSteps(RunSpec spec, TrainingData data, Device device)
    {
        using var loop = new TrainingLoop(spec, data, device) { Position = (0, 0, Evaluated: true) };
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var steps = new StepTimer(enough);
        try
        {
            loop.Run(steps, enough.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Enough steps were timed.
        }

        return steps.ImagesPerSecond;
    }

    private double TimeEvaluation(RunSpec spec, TrainingData data, Device device)
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create(spec.Model, data.Dataset.Manifest.Classes.Count, data.InputSide, spec.AuxiliaryLogits);
        model.to(device);
        using var weights = new FlatWeights(model, spec.Precision);
        var batchSize = EvaluationBatch.Choose(spec, model, data.InputSide, device);
        var evaluator = new Evaluator(model, data.Dataset, data.Labels, data.InputSide, batchSize, device);
        int[] batch = [.. Enumerable.Range(0, Math.Min(batchSize, data.Dataset.Manifest.Train.Images))];
        evaluator.Score(data.Train, data.Labels.Labels, batch, cancellationToken);
        var timer = Stopwatch.StartNew();
        var images = 0L;
        do
        {
            evaluator.Score(data.Train, data.Labels.Labels, batch, cancellationToken);
            images += batch.Length;
        }
        while (timer.Elapsed < StepTimer.MinTime);

        return images / timer.Elapsed.TotalSeconds;
    }

    /// <summary>Sums the time between steps, except before the first step of an epoch, which waits for input.</summary>
    private sealed class StepTimer(CancellationTokenSource enough) : ITrainingWatcher
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
