using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Service;

/// <summary>
/// Metrics and traces of a trainer: meter and activity source <c>Cgh.Trainer</c>. Gauges of a run are tagged with its experiment and name,
/// and end with its attempt.
/// </summary>
internal sealed class TrainerTelemetry : IDisposable
{
    public const string Name = "Cgh.Trainer";

    private static readonly ActivitySource s_activities = new(Name);

    private readonly ConcurrentDictionary<RunId, AttemptProgressed> _latest = new();
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _stepTime;

    public TrainerTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _attempts = _meter.CreateCounter<long>("cgh.trainer.attempts", "{attempt}", "Ended attempts, by outcome.");
        _stepTime = _meter.CreateHistogram<double>("cgh.trainer.step.duration", "s", "Mean step time, one value per progress report.");
        Gauge("cgh.trainer.images", "{image}/s", "Training images per second.", now => now.ImagesPerSecond);
        Gauge("cgh.trainer.input_wait", "1", "Share of the training time spent waiting for input.", now => now.InputWait);
        Gauge("cgh.trainer.loss", "1", "Training loss of the last step.", now => now.Loss);
        _meter.CreateObservableGauge("cgh.trainer.runs.active", () => _latest.Count, "{run}", "Runs being trained by this trainer.");
    }

    /// <summary>Starts the span of an attempt, a child of the message that started the run.</summary>
    public Activity? Begin(RunId run, int attempt)
    {
        _latest[run] = new AttemptProgressed(Epoch: 0, Step: 0, TotalSteps: 0, Loss: 0, ImagesPerSecond: 0, InputWait: 0, SecondsLeft: null);
        return s_activities.StartActivity("attempt")?.SetTag("cgh.experiment", run.Experiment).SetTag("cgh.run", run.Name).SetTag("cgh.attempt", attempt);
    }

    public void Progressed(RunId run, int batchSize, AttemptProgressed now)
    {
        _latest[run] = now;
        if (now.ImagesPerSecond > 0)
        {
            _stepTime.Record(batchSize / now.ImagesPerSecond, [.. Tags(run)]);
        }
    }

    public void Ended(RunId run, Activity? span, string outcome, string? error)
    {
        _latest.TryRemove(run, out _);
        _attempts.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        span?.SetTag("cgh.outcome", outcome);
        if (error is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, error);
        }
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?>[] Tags(RunId run) => [new("experiment", run.Experiment), new("run", run.Name)];

    private void Gauge(string name, string unit, string description, Func<AttemptProgressed, double> value) => _meter.CreateObservableGauge(
        name,
        () => _latest.Where(run => run.Value.TotalSteps > 0).Select(run => new Measurement<double>(value(run.Value), Tags(run.Key))),
        unit,
        description);
}
