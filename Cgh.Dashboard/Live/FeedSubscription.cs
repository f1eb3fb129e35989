using System.Threading.Channels;

namespace Cgh.Dashboard.Live;

/// <summary>One subscriber of <see cref="RunFeed"/>; disposing it ends the calls.</summary>
public sealed class FeedSubscription : IAsyncDisposable
{
    // One wake at most waits: changes that come while it waits are seen by the same refresh.
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FeedChange, bool> _concerns;
    private readonly Action<FeedSubscription> _ended;
    private readonly ITimer _poll;
    private readonly Task _loop;

    internal FeedSubscription(TimeProvider clock, Func<FeedChange, bool> concerns, Func<CancellationToken, Task> refresh, Action<FeedSubscription> ended)
    {
        _concerns = concerns;
        _ended = ended;
        _poll = clock.CreateTimer(_ => Wake(), state: null, RunFeed.Poll, RunFeed.Poll);
        _loop = LoopAsync(clock, refresh, _stop.Token);
    }

    internal void Offer(FeedChange change)
    {
        if (_concerns(change))
        {
            Wake();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ended(this);
        await _stop.CancelAsync();
        await _poll.DisposeAsync();
        await _loop;
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    private async Task LoopAsync(TimeProvider clock, Func<CancellationToken, Task> refresh, CancellationToken stop)
    {
        try
        {
            await foreach (var _ in _wakes.Reader.ReadAllAsync(stop))
            {
                await refresh(stop);
                await Task.Delay(RunFeed.Gap, clock, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
        finally
        {
            _ended(this);
        }
    }
}
