using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cgh.RunStore.Tests;

/// <summary>Commands to the runs of all experiments.</summary>
public sealed class RunQueueTests : IAsyncLifetime
{
    private readonly MemoryRunStore _store = new() { IsFenced = false };
    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddMassTransitTestHarness(TextWriter.Null, bus => bus.DisableUsageTelemetry())
        .BuildServiceProvider();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ITestHarness Bus => _services.GetRequiredService<ITestHarness>();

    private ExperimentSubmitter Submitter => new(_store, Bus.Bus, _clock);

    public async ValueTask InitializeAsync() => await Bus.Start();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task PauseQueueAsync_RunsOfTwoExperiments_PausesQueuedThenRunningAndLeavesTheRest()
    {
        await AddAsync("old-1", ExperimentStatus.Running, ("running", RunStatus.Running), ("queued", RunStatus.Queued), ("done", RunStatus.Completed));
        await AddAsync("new-1", ExperimentStatus.Running, ("queued", RunStatus.Queued), ("failed", RunStatus.Failed));
        await AddAsync("over-1", ExperimentStatus.Interrupted, ("cancelled", RunStatus.Cancelled));

        var paused = await Submitter.PauseQueueAsync(Stop);

        Assert.Equal(["old-1/queued", "new-1/queued", "old-1/running"], paused.Select(run => $"{run}"));
        Assert.Equal(
            [
                ("old-1/running", RunStatus.Running, StopRequest.Pause), ("old-1/queued", RunStatus.Paused, null),
                ("old-1/done", RunStatus.Completed, null), ("new-1/queued", RunStatus.Paused, null),
                ("new-1/failed", RunStatus.Failed, null), ("over-1/cancelled", RunStatus.Cancelled, null),
            ],
            await StatesAsync("old-1", "new-1", "over-1"));
        Assert.True(await Bus.Published.Any<PauseRun>(message => message.Context.Message.Run == new RunId("old-1", "running"), Stop));
    }

    [Fact]
    public async Task ResumeQueueAsync_PausedRunsOfTwoExperiments_QueuesOnlyThoseOldestFirstAndReopensEachExperimentOnce()
    {
        await AddAsync("old-1", ExperimentStatus.Interrupted, ("first", RunStatus.Paused), ("second", RunStatus.Paused), ("parked", RunStatus.Parked));
        await AddAsync("new-1", ExperimentStatus.Running, ("paused", RunStatus.Paused), ("failed", RunStatus.Failed), ("interrupted", RunStatus.Interrupted));

        var resumed = await Submitter.ResumeQueueAsync(Stop);

        Assert.Equal(["old-1/first", "old-1/second", "new-1/paused"], resumed.Select(run => $"{run}"));
        Assert.Equal(
            [RunStatus.Queued, RunStatus.Queued, RunStatus.Parked, RunStatus.Queued, RunStatus.Failed, RunStatus.Interrupted],
            (await StatesAsync("old-1", "new-1")).Select(run => run.Status));
        Assert.Equal(["old-1", "new-1"], Bus.Sent.Select<StartExperiment>(Stop).Select(message => message.Context.Message.Experiment));
    }

    [Fact]
    public async Task ResumeQueueAsync_AnEarlierCommandQueuedTheRunOnly_ReopensItsExperiment()
    {
        await AddAsync("half-1", ExperimentStatus.Interrupted, ("queued", RunStatus.Queued));
        await AddAsync("active-1", ExperimentStatus.Running, ("queued", RunStatus.Queued));

        Assert.Equal(["half-1/queued"], (await Submitter.ResumeQueueAsync(Stop)).Select(run => $"{run}"));

        Assert.Equal(["half-1"], Bus.Sent.Select<StartExperiment>(Stop).Select(message => message.Context.Message.Experiment));
    }

    private async Task AddAsync(string id, ExperimentStatus status, params (string Name, RunStatus Status)[] runs)
    {
        _clock.Advance(TimeSpan.FromMinutes(1));
        var now = _clock.GetUtcNow();
        var specs = runs.Select(run => new RunSpec
        {
            Name = run.Name,
            Dataset = "small",
            Labels = "original",
            Rule = RuleChoice.Parse("sgd"),
            Model = "resnet-small",
            Epochs = 1,
            BatchSize = 8,
            LearningRate = 0.1,
        }).ToList();
        var recipe = new Recipe { Name = id, Dataset = new DatasetRequest { Name = "small" }, Runs = specs };
        Assert.True(await _store.AddExperimentAsync(
            new ExperimentState { Id = id, Recipe = recipe, Created = now, Status = status },
            [.. runs.Zip(specs, (run, spec) => new RunState { Id = new RunId(id, run.Name), Spec = spec, Queued = now, Status = run.Status })],
            Stop));
    }

    private async Task<IReadOnlyList<(string Run, RunStatus Status, StopRequest? Request)>> StatesAsync(params string[] experiments)
    {
        var runs = new List<RunState>();
        foreach (var experiment in experiments)
        {
            runs.AddRange(await _store.ListRunsAsync(experiment, Stop));
        }

        return [.. runs.Select(run => ($"{run.Id}", run.Status, run.StopRequest))];
    }
}
