using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Live;

public sealed class RunFeedTests
{
    private static readonly FeedChange s_change = new("demo-1");
    private readonly ManualClock _clock = new();
    private readonly SemaphoreSlim _refreshed = new(0);
    private int _refreshes;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_ManyChangesAtOnce_RefreshesTwiceAtTheMinInterval()
    {
        var feed = new RunFeed(_clock);
        await using var subscription = feed.Subscribe(_ => true, Refresh);

        feed.Publish(s_change);
        await _refreshed.WaitAsync(Stop);
        for (var i = 0; i < 100; i++)
        {
            feed.Publish(s_change);
        }

        Assert.Equal(1, Volatile.Read(ref _refreshes));
        await AdvanceUntilRefreshedAsync(RunFeed.MinInterval);
        Assert.Equal(2, Volatile.Read(ref _refreshes));
    }

    [Fact]
    public async Task Publish_FilteredChange_DoesNotRefresh()
    {
        var feed = new RunFeed(_clock);
        await using var other = feed.Subscribe(
            change => change.Experiment == "other",
            _ => throw new InvalidOperationException("It does not concern this one."));
        await using var mine = feed.Subscribe(change => change.Experiment == "demo-1", Refresh);

        feed.Publish(s_change);

        await _refreshed.WaitAsync(Stop);
        Assert.Equal(2, feed.Count);
    }

    [Fact]
    public async Task Subscribe_NoEvents_RefreshesAtThePollInterval()
    {
        var feed = new RunFeed(_clock);
        await using var subscription = feed.Subscribe(_ => true, Refresh);

        _clock.Advance(RunFeed.PollInterval);

        await _refreshed.WaitAsync(Stop);
        Assert.Equal(1, Volatile.Read(ref _refreshes));
    }

    [Fact]
    public async Task Dispose_ThenPublish_IsNeitherCalledNorCounted()
    {
        var feed = new RunFeed(_clock);
        var subscription = feed.Subscribe(_ => true, Refresh);

        await subscription.DisposeAsync();
        feed.Publish(s_change);
        _clock.Advance(RunFeed.PollInterval);

        Assert.Equal(0, feed.Count);
        Assert.Equal(0, Volatile.Read(ref _refreshes));
    }

    private Task Refresh(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _refreshes);
        _refreshed.Release();
        return Task.CompletedTask;
    }

    // The subscription starts its delay on another thread; advancing the clock before has no effect.
    private async Task AdvanceUntilRefreshedAsync(TimeSpan by)
    {
        do
        {
            _clock.Advance(by);
            await Task.Yield();
        }
        while (!_refreshed.Wait(0, Stop));
    }
}
