using System.Diagnostics;
using System.Threading.Channels;

namespace Cgh.Dashboard.Live;

/// <summary>A subscription to <see cref="RunFeed"/>; dispose it to end the callbacks.</summary>
public sealed class FeedSubscription : IAsyncDisposable
{
    // At most one pending wake-up: further changes before it runs are covered by the same refresh.
    private readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _disposal = new();
    private readonly Func<FeedChange, bool> _filter;
    private readonly Action<FeedSubscription> _onEnd;
    private readonly ITimer _poll;
    private readonly Task _loop;

    internal FeedSubscription(TimeProvider clock, Func<FeedChange, bool> filter, Func<CancellationToken, Task> refresh, Action<FeedSubscription> onEnd)
    {
        _filter = filter;
        _onEnd = onEnd;
        _poll = clock.CreateTimer(_ => Wake(), state: null, RunFeed.PollInterval, RunFeed.PollInterval);
        _loop = LoopAsync(clock, refresh, _disposal.Token);
    }

    internal void Notify(FeedChange change)
    {
        if (_filter(change))
        {
            Wake();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _onEnd(this);
        await _disposal.CancelAsync();
        await _poll.DisposeAsync();
        await _loop;
    }

    private void Wake() => _wakeUps.Writer.TryWrite(true);

    private async Task LoopAsync(TimeProvider clock, Func<CancellationToken, Task> refresh, CancellationToken cancellationToken)
    {
        // Outlives the click or navigation that subscribed; later refreshes are no part of its trace.
        Activity.Current = null;
        try
        {
            await foreach (var _ in _wakeUps.Reader.ReadAllAsync(cancellationToken))
            {
                await refresh(cancellationToken);
                await Task.Delay(RunFeed.MinInterval, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Disposed.
        }
        finally
        {
            _onEnd(this);
        }
    }
}
