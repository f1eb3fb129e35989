using System.Diagnostics;
using System.Diagnostics.Metrics;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Service;
using Cgh.Trainer.Tests.Service.Fakes;
using Microsoft.Extensions.DependencyInjection;

namespace Cgh.Trainer.Tests.Service;

public sealed class TrainerTelemetryTests : IAsyncDisposable
{
    private static readonly RunId s_id = new("demo-20260101-120000", "robust");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static RunState Run { get; } = new()
    {
        Id = s_id,
        Spec = new RunSpec { Name = s_id.Name, Dataset = "tiny", LearningRate = 0.04, BatchSize = 20, Rule = RuleChoice.Parse("median:5") },
        Attempt = 2,
        Queued = DateTimeOffset.UnixEpoch,
    };

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public void Progressed_AttemptTrains_GaugesHaveItsFiguresAndTags()
    {
        using var telemetry = new TrainerTelemetry(_services.GetRequiredService<IMeterFactory>());
        using var span = telemetry.Begin(Run);

        telemetry.Progressed(Run, Progress(imagesPerSecond: 80));

        var measured = Measure();
        Assert.Equal(("{image}/s", 80), measured["cgh.trainer.images"]);
        Assert.Equal(("s", 0.25), measured["cgh.trainer.step.duration"]);
        Assert.Equal(("1", 0.125), measured["cgh.trainer.input_wait"]);
        Assert.Equal(("1", 0.5), measured["cgh.trainer.loss"]);
        Assert.Equal(("{run}", 1), measured["cgh.trainer.runs.active"]);
    }

    [Fact]
    public void Ended_AttemptHasTrained_ItsGaugesEnd()
    {
        using var telemetry = new TrainerTelemetry(_services.GetRequiredService<IMeterFactory>());
        telemetry.Progressed(Run, Progress(imagesPerSecond: 80));

        telemetry.Ended(Run, span: null, "completed", error: null);

        Assert.Equal(("{run}", 0), Assert.Single(Measure()).Value);
    }

    [Fact]
    public void Begin_NothingReportedYet_NoGaugeOfTheRun()
    {
        using var telemetry = new TrainerTelemetry(_services.GetRequiredService<IMeterFactory>());
        using var span = telemetry.Begin(Run);

        // Before the first step, and while it evaluates.
        telemetry.Progressed(Run, Progress(imagesPerSecond: 0));

        Assert.Equal(("{run}", 1), Assert.Single(Measure()).Value);
    }

    [Fact]
    public async Task Train_ReportsAndHeartbeatsForAWhile_NoneIsInTheTrace()
    {
        await using var trainer = new FakeTrainer();
        var run = await trainer.AddAsync();
        using var message = new Activity("start-run process").Start();
        var training = trainer.TrainAsync(run);
        var attempt = trainer.Attempt(1);
        trainer.Pass(TimeSpan.FromSeconds(1));
        var (calls, traced) = (trainer.Store.Calls, trainer.Store.TracedCalls);

        for (var second = 0; second < 10; second++)
        {
            attempt.Report(Progress(imagesPerSecond: 80));
            trainer.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(trainer.Store.Calls, calls + 10, int.MaxValue);
        Assert.Equal(traced, trainer.Store.TracedCalls);

        attempt.End(RunStatus.Completed);
        trainer.Until(() => training.IsCompleted);
        await training;
        Assert.InRange(trainer.Store.TracedCalls, traced + 1, int.MaxValue);
    }

    private static AttemptProgressed Progress(double imagesPerSecond) =>
        new(Epoch: 1, Step: 10, TotalSteps: 100, Loss: 0.5, imagesPerSecond, InputWait: 0.125, SecondsLeft: 9);

    // One collection, as an exporter does it.
    private Dictionary<string, (string? Unit, double Value)> Measure()
    {
        var measured = new Dictionary<string, (string?, double)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => Enable(instrument, listener) };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Assert.Equal(
                [new("experiment", s_id.Experiment), new("run", s_id.Name), new("rule", "median:5")], tags.ToArray());
            measured.Add(instrument.Name, (instrument.Unit, value));
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => measured.Add(instrument.Name, (instrument.Unit, value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    // Other tests have trainers too.
    private void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == TrainerTelemetry.Name && instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>())
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }
}
