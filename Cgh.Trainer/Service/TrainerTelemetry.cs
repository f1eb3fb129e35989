using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Trainer.Service;

/// <summary>
/// Metrics and traces of a trainer: meter and activity source <c>Cgh.Trainer</c>. The figures are those that attempts report anyway, so training
/// costs the same with and without telemetry. The gauges of a run appear with its first report and end with its attempt; an exporter thus
/// sends as many series as runs are training.
/// </summary>
internal sealed class TrainerTelemetry : IDisposable
{
    public const string Name = "Cgh.Trainer";

    public static readonly ActivitySource Activities = new(Name);

    private readonly ConcurrentDictionary<RunId, Training> _active = new();
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;

    public TrainerTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _attempts = _meter.CreateCounter<long>("cgh.trainer.attempts", "{attempt}", "Ended attempts, by outcome.");
        _meter.CreateObservableGauge("cgh.trainer.runs.active", () => _active.Count, "{run}", "Runs being trained by this trainer.");
        Gauge("cgh.trainer.images", "{image}/s", "Training images per second.", (_, now) => now.ImagesPerSecond);
        Gauge("cgh.trainer.step.duration", "s", "Mean duration of a training step.", (run, now) => run.Spec.BatchSize / now.ImagesPerSecond);
        Gauge("cgh.trainer.input_wait", "1", "Share of the training time spent waiting for input.", (_, now) => now.InputWait);
        Gauge("cgh.trainer.loss", "1", "Training loss of the last step.", (_, now) => now.Loss);
    }

    /// <summary>Starts the span of an attempt, a child of the message that started the run.</summary>
    public Activity? Begin(RunState run)
    {
        _active[run.Id] = new Training(run, Latest: null);
        return Activities.StartActivity("attempt")
            ?.SetTag("cgh.experiment", run.Id.Experiment)
            .SetTag("cgh.run", run.Id.Name)
            .SetTag("cgh.rule", run.Spec.Rule.ToString())
            .SetTag("cgh.attempt", run.Attempt);
    }

    public void Progressed(RunState run, AttemptProgressed now) => _active[run.Id] = new Training(run, now);

    public void Ended(RunState run, Activity? span, string outcome, string? error)
    {
        _active.TryRemove(run.Id, out _);
        _attempts.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        span?.SetTag("cgh.outcome", outcome);
        if (error is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, error);
        }
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?>[] Tags(RunState run) =>
        [new("experiment", run.Id.Experiment), new("run", run.Id.Name), new("rule", run.Spec.Rule.ToString())];

    private void Gauge(string name, string unit, string description, Func<RunState, AttemptProgressed, double> value) => _meter.CreateObservableGauge(
        name,
        () => from training in _active.Values
              let latest = training.Latest
              where latest is { ImagesPerSecond: > 0 }
              select new Measurement<double>(value(training.Run, latest), Tags(training.Run)),
        unit,
        description);

    private sealed record Training(RunState Run, AttemptProgressed? Latest);
}
