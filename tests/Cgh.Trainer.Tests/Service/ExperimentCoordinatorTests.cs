using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Service.Fakes;

namespace Cgh.Trainer.Tests.Service;

/// <summary>The steps of an experiment that the reconciler and the messages trigger.</summary>
public sealed class ExperimentCoordinatorTests : IAsyncLifetime
{
    private static readonly RunId s_run = new(FakeTrainer.Experiment, "rm3");

    private readonly FakeTrainer _trainer = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _trainer.DisposeAsync();

    [Fact]
    public async Task Continue_DatasetErrorWhileARunTrains_EndsTheExperimentWithTheRun()
    {
        await _trainer.AddAsync(
            _trainer.Queued(s_run) with { Status = RunStatus.Running, Attempt = 1 }, others: [_trainer.Queued(new RunId(s_run.Experiment, "sgd"))]);
        await _trainer.Store.BeatAsync(s_run, 1, "another", Stop);

        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, "No images.", Stop);

        Assert.Equal([RunStatus.Running, RunStatus.Failed], (await _trainer.Store.ListRunsAsync(s_run.Experiment, Stop)).Select(run => run.Status));
        Assert.Equal(ExperimentStatus.Running, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
        Assert.Empty(_trainer.Published.OfType<ExperimentEnded>());

        await _trainer.Store.UpdateRunAsync(s_run, 1, run => run with { Status = RunStatus.Completed }, Stop);
        await _trainer.Coordinator.CloseIfOverAsync(_trainer.Sent, s_run.Experiment, Stop);

        Assert.Equal(
            new ExperimentEnded(s_run.Experiment, ExperimentStatus.Failed, "1 of 2 runs did not complete."),
            Assert.Single(_trainer.Published.OfType<ExperimentEnded>()));
    }

    [Fact]
    public async Task Continue_DatasetErrorWhileNoRunTrains_EndsTheExperimentWithItsReason()
    {
        await _trainer.AddAsync(status: ExperimentStatus.Preparing);

        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, "No images.", Stop);

        Assert.Equal((RunStatus.Failed, "No images."), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Error));
        Assert.Equal(
            new ExperimentEnded(s_run.Experiment, ExperimentStatus.Failed, "No images."), Assert.Single(_trainer.Published.OfType<ExperimentEnded>()));
    }

    [Fact]
    public async Task Close_ServiceStopsWhileTheReportIsWritten_ReleasesTheLock()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Status = RunStatus.Completed });
        using var stop = new CancellationTokenSource();
        _trainer.Report = _ => stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _trainer.Coordinator.CloseIfOverAsync(_trainer.Sent, s_run.Experiment, stop.Token));

        Assert.True(await _trainer.Store.TakeLockAsync($"close:{s_run.Experiment}", "another", TimeSpan.FromSeconds(1), Stop));
    }
}
