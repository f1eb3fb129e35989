using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
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

    [Fact]
    public async Task ContinueAfter_InputCompleted_QueuesTheRunsThatNeedIt()
    {
        var (split, easy) = await AddChainAsync();

        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, error: null, Stop);
        Assert.Equal([true, false, false], await OfferedAsync());

        await EndAsync(s_run, RunStatus.Completed);
        Assert.Equal([true, true, false], await OfferedAsync());

        await EndAsync(split, RunStatus.Completed);
        Assert.Equal([true, true, true], await OfferedAsync());

        await EndAsync(easy, RunStatus.Completed);
        Assert.Equal(ExperimentStatus.Completed, Assert.Single(_trainer.Published.OfType<ExperimentEnded>()).Status);
    }

    [Fact]
    public async Task ContinueAfter_InputFailed_EndsTheExperimentUntilItIsResumed()
    {
        var (split, _) = await AddChainAsync();
        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, error: null, Stop);
        await EndAsync(s_run, RunStatus.Completed);

        await EndAsync(split, RunStatus.Failed);

        Assert.Equal(
            new ExperimentEnded(s_run.Experiment, ExperimentStatus.Failed, "2 of 3 runs did not complete."),
            Assert.Single(_trainer.Published.OfType<ExperimentEnded>()));

        // The reconciler leaves it so, however often it looks.
        await _trainer.Reconciler.ReconcileAsync(Stop);
        _trainer.Clock.Advance(TimeSpan.FromMinutes(1));
        await _trainer.Reconciler.ReconcileAsync(Stop);
        Assert.Equal(ExperimentStatus.Failed, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);

        await _trainer.Store.ChangeRunAsync(
            split, run => RunLifecycle.Apply(run, new RunCommanded(RunCommand.Resume), _trainer.Clock.GetUtcNow()), Stop);
        await _trainer.Coordinator.ReopenAsync(_trainer.Sent, s_run.Experiment, Stop);
        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, error: null, Stop);
        Assert.Equal([true, true, false], await OfferedAsync());
        await EndAsync(split, RunStatus.Completed);
        Assert.Equal([true, true, true], await OfferedAsync());
    }

    [Fact]
    public async Task Reconcile_MessageOfTheEndedInputLost_QueuesTheRunsThatNeedIt()
    {
        await AddChainAsync();
        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, s_run.Experiment, error: null, Stop);
        await _trainer.Store.ChangeRunAsync(
            s_run, run => Transition.To(run with { Status = RunStatus.Completed, Ended = _trainer.Clock.GetUtcNow() }), Stop);

        await _trainer.Reconciler.ReconcileAsync(Stop);
        Assert.Equal([true, false, false], await OfferedAsync());
        _trainer.Clock.Advance(TimeSpan.FromSeconds(16));
        await _trainer.Reconciler.ReconcileAsync(Stop);

        Assert.Equal([true, true, false], await OfferedAsync());
    }

    // rm3, a stage that derives from it, and a run on what that derives.
    private async Task<(RunId Split, RunId Easy)> AddChainAsync()
    {
        var split = new RunId(s_run.Experiment, "split");
        var easy = new RunId(s_run.Experiment, "easy");
        var stage = _trainer.Queued(split) with { Spec = new RunSpec { Name = "split", Dataset = "tiny", Derive = new StageSpec { From = "rm3" } } };
        var trained = _trainer.Queued(easy) with { Spec = new RunSpec { Name = "easy", Dataset = "split/easy" } };
        await _trainer.AddAsync(_trainer.Queued(s_run), others: [stage, trained]);
        return (split, easy);
    }

    private async Task<IEnumerable<bool>> OfferedAsync() =>
        (await _trainer.Store.ListRunsAsync(s_run.Experiment, Stop)).Select(run => run.Offered is not null);

    private async Task EndAsync(RunId run, RunStatus status)
    {
        await _trainer.Store.ChangeRunAsync(run, state => Transition.To(state with { Status = status, Ended = _trainer.Clock.GetUtcNow() }), Stop);
        await _trainer.Coordinator.ContinueAfterAsync(_trainer.Sent, new RunEnded(run, 1, status, null), Stop);
    }
}
