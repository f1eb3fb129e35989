using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Reports;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Lists;

public sealed class RunIndexTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly MemoryRunStore _store = new() { IsFenced = false };
    private readonly RunFeed _feed;
    private readonly RunIndex _index;

    public RunIndexTests()
    {
        _feed = new RunFeed(_clock);
        _index = new RunIndex(_store, _feed, new ReportFiles(data: null), _clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _index.Dispose();

    [Fact]
    public async Task Read_NothingHasChanged_AsksTheStoreForNothing()
    {
        await AddAsync(60);
        Assert.Equal(60, (await _index.ReadAsync(Stop)).Runs.Count());
        var calls = _store.Calls;

        for (var page = 0; page < 10; page++)
        {
            await _index.ReadAsync(Stop);
        }

        Assert.Equal(calls, _store.Calls);
    }

    [Fact]
    public async Task Read_EventOfAnExperiment_ReadsThatOneOnly()
    {
        await AddAsync(60);
        await _index.ReadAsync(Stop);
        var calls = _store.Calls;
        await _store.UpdateRunAsync(new RunId("e-07", "sgd"), 0, run => run with { Status = RunStatus.Completed }, Stop);

        _feed.Publish(new FeedChange("e-07"));
        var list = await _index.ReadAsync(Stop);

        // The change itself, the ids, the experiment, its runs.
        Assert.Equal(calls + 4, _store.Calls);
        Assert.Equal("e-07", Assert.Single(list.Runs, run => run.Run.Status == RunStatus.Completed).Run.Id.Experiment);
    }

    [Fact]
    public async Task Read_EventWasLost_FollowsAllTheSame()
    {
        await AddAsync(120);
        await _index.ReadAsync(Stop);
        await _store.UpdateRunAsync(new RunId("e-110", "sgd"), 0, run => run with { Status = RunStatus.Completed }, Stop);

        for (var poll = 0; poll < 3; poll++)
        {
            _clock.Advance(RunFeed.PollInterval);
            await _index.ReadAsync(Stop);
        }

        Assert.Single((await _index.ReadAsync(Stop)).Runs, run => run.Run.Status == RunStatus.Completed);
    }

    [Fact]
    public async Task Read_StoreWasDown_ThrowsAndReadsTheChangeLater()
    {
        await AddAsync(2);
        await _index.ReadAsync(Stop);
        await _store.UpdateRunAsync(new RunId("e-01", "sgd"), 0, run => run with { Status = RunStatus.Completed }, Stop);
        _feed.Publish(new FeedChange("e-01"));
        _store.IsDown = true;
        await Assert.ThrowsAsync<TimeoutException>(() => _index.ReadAsync(Stop));

        _store.IsDown = false;

        Assert.Single((await _index.ReadAsync(Stop)).Runs, run => run.Run.Status == RunStatus.Completed);
    }

    [Fact]
    public async Task Read_StoreIsSlow_ReturnsWhatThereIs()
    {
        await AddAsync(2);
        _store.Hold();

        var list = await _index.ReadAsync(Stop);

        Assert.Empty(list.Experiments);
        _store.Release();
        while ((await _index.ReadAsync(Stop)).Experiments.Count < 2)
        {
            await Task.Delay(10, Stop);
        }
    }

    private async Task AddAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            var id = $"e-{number:00}";
            await _store.AddExperimentAsync(
                Samples.Experiment with { Id = id, Status = ExperimentStatus.Interrupted }, [Samples.Run(new RunId(id, "sgd"))], Stop);
        }
    }
}
