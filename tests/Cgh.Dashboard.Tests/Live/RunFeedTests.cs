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
    public async Task Publish_ManyChangesAtOnce_TwoRefreshesTheSecondAfterTheGap()
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
        await AdvanceUntilRefreshedAsync(RunFeed.Gap);
        Assert.Equal(2, Volatile.Read(ref _refreshes));
    }

    [Fact]
    public async Task Publish_ChangeOfAnotherExperiment_DoesNotWake()
    {
        var feed = new RunFeed(_clock);
        await using var other = feed.Subscribe(change => change.Experiment == "other", _ => throw new InvalidOperationException("It does not concern this one."));
        await using var mine = feed.Subscribe(change => change.Experiment == "demo-1", Refresh);

        feed.Publish(s_change);

        await _refreshed.WaitAsync(Stop);
        Assert.Equal(2, feed.Count);
    }

    [Fact]
    public async Task Subscribe_NoEventComes_RefreshesWhenThePollIsDue()
    {
        var feed = new RunFeed(_clock);
        await using var subscription = feed.Subscribe(_ => true, Refresh);

        _clock.Advance(RunFeed.Poll);

        await _refreshed.WaitAsync(Stop);
        Assert.Equal(1, Volatile.Read(ref _refreshes));
    }

    [Fact]
    public async Task Dispose_ThenPublish_IsNotCalledAndNotCounted()
    {
        var feed = new RunFeed(_clock);
        var subscription = feed.Subscribe(_ => true, Refresh);

        await subscription.DisposeAsync();
        feed.Publish(s_change);
        _clock.Advance(RunFeed.Poll);

        Assert.Equal(0, feed.Count);
        Assert.Equal(0, Volatile.Read(ref _refreshes));
    }

    private Task Refresh(CancellationToken stop)
    {
        Interlocked.Increment(ref _refreshes);
        _refreshed.Release();
        return Task.CompletedTask;
    }

    // The subscription begins to wait for the gap on a thread of its own; only then does passing time end it.
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
