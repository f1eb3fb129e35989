using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.Trainer.Tests.Service.Fakes;

namespace Cgh.Trainer.Tests.Service;

/// <summary>Runs that need the result of others: rm3, a split of its examples, and a run on the easy ones.</summary>
public sealed class StageChainTests : IAsyncLifetime
{
    private static readonly RunId s_first = new(FakeTrainer.Experiment, "rm3");
    private static readonly RunId s_split = new(FakeTrainer.Experiment, "split");
    private static readonly RunId s_easy = new(FakeTrainer.Experiment, "easy");

    private readonly FakeTrainer _trainer = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IEnumerable<RunId> Offered => _trainer.Sent.Messages.OfType<StartRun>().Select(message => message.Run);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _trainer.DisposeAsync();

    [Theory]
    [InlineData(RunStatus.Failed, ExperimentStatus.Failed)]
    [InlineData(RunStatus.Parked, ExperimentStatus.Failed)]
    [InlineData(RunStatus.Paused, ExperimentStatus.Interrupted)]
    [InlineData(RunStatus.Cancelled, ExperimentStatus.Interrupted)]
    public async Task RunEnds_Stopped_ExperimentEndsAndResumingTheRunContinuesTheChain(RunStatus status, ExperimentStatus outcome)
    {
        await AddAsync(status);

        await EndAsync(s_first, status);

        var ended = await ExperimentAsync();
        Assert.Equal((outcome, "3 of 3 runs did not complete."), (ended.Status, ended.Error));
        Assert.Equal([RunStatus.Queued, RunStatus.Queued], [(await _trainer.FindAsync(s_split)).Status, (await _trainer.FindAsync(s_easy)).Status]);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(40));
        Assert.Empty(Offered);

        Assert.True((await _trainer.Store.ApplyAsync(s_first, new RunCommanded(RunCommand.Resume), _trainer.Clock, Stop)).IsAllowed);
        await _trainer.Coordinator.ReopenAsync(_trainer.Sent, FakeTrainer.Experiment, Stop);
        await _trainer.Coordinator.ContinueAsync(_trainer.Sent, FakeTrainer.Experiment, error: null, Stop);
        Assert.Equal([s_first], Offered);
        await EndAsync(s_first, RunStatus.Completed);

        Assert.Equal([s_first, s_split], Offered);
    }

    [Fact]
    public async Task StoreIsLost_InMidChain_RestoredFromTheFoldersItContinues()
    {
        await AddAsync(RunStatus.Completed);
        Folder(s_first, RunStatus.Completed);
        var store = new MemoryRunStore(_trainer.Clock);

        await store.FromFoldersAsync(
            _trainer.Data, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, RebuildAs.Live, new SkippedFiles(), pending: null, Stop);

        var runs = await store.ListRunsAsync(FakeTrainer.Experiment, Stop);
        Assert.Equal([RunStatus.Completed, RunStatus.Queued, RunStatus.Queued], runs.Select(run => run.Status));
        Assert.Equal([true, false], [runs[1].Offered is not null, runs[2].Offered is not null]);
        Assert.Equal(ExperimentStatus.Running, (await store.FindExperimentAsync(FakeTrainer.Experiment, Stop))!.Status);
    }

    private Task AddAsync(RunStatus first, ExperimentStatus status = ExperimentStatus.Running) => _trainer.AddAsync(
        _trainer.Queued(s_first) with { Status = first },
        status,
        FakeTrainer.Experiment,
        Queued(new RunSpec { Name = s_split.Name, Dataset = "tiny", Derive = new StageSpec { From = s_first.Name, Train = 10, Test = 5 } }),
        Queued(new RunSpec { Name = s_easy.Name, Dataset = $"{s_split.Name}/{StageSpec.Easy}" }));

    private RunState Queued(RunSpec spec) => _trainer.Queued(new RunId(FakeTrainer.Experiment, spec.Name)) with { Spec = spec };

    private void Folder(RunId run, RunStatus status)
    {
        var folder = _trainer.Folders.Run(run);
        Directory.CreateDirectory(folder.Path);
        folder.Save(new RunRecord { Spec = _trainer.Queued(run).Spec, DatasetFolder = "tiny", Status = status, TotalSteps = 20 });
    }

    // As if its trainer had stored and published the end of a run.
    private async Task EndAsync(RunId run, RunStatus status)
    {
        await _trainer.Store.ChangeRunAsync(run, state => Transition.To(state with { Status = status, Ended = _trainer.Clock.GetUtcNow() }), Stop);
        await _trainer.Coordinator.ContinueAfterAsync(_trainer.Sent, new RunEnded(run, Attempt: 1, status, Error: null), Stop);
    }

    private async Task<ExperimentState> ExperimentAsync() => (await _trainer.Store.FindExperimentAsync(FakeTrainer.Experiment, Stop))!;
}
