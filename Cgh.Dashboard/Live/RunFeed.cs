using System.Collections.Concurrent;

namespace Cgh.Dashboard.Live;

/// <summary>
/// Wakes the pages when something they show has changed. Bus events say when; the run store says what, so an event that is
/// lost or late costs at most <see cref="Poll"/>.
/// </summary>
public sealed class RunFeed(TimeProvider clock)
{
    /// <summary>A subscriber is woken at most once in this time, however many events come.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(400);

    /// <summary>A subscriber is woken at least once in this time, even when no event comes.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<FeedSubscription, bool> _subscriptions = [];

    /// <summary>Subscribers at the moment; a page that was left is no longer among them.</summary>
    public int Count => _subscriptions.Count;

    /// <summary>Calls <paramref name="refresh"/>, never twice at a time, after changes that concern the subscriber.</summary>
    /// <param name="concerns">Which changes wake the subscriber.</param>
    /// <param name="refresh">Handles its own failures: one that it lets out ends the subscription.</param>
    public FeedSubscription Subscribe(Func<FeedChange, bool> concerns, Func<CancellationToken, Task> refresh)
    {
        var subscription = new FeedSubscription(clock, concerns, refresh, ended => _subscriptions.TryRemove(ended, out _));
        _subscriptions[subscription] = true;
        return subscription;
    }

    public void Publish(FeedChange change)
    {
        foreach (var subscription in _subscriptions.Keys)
        {
            subscription.Offer(change);
        }
    }
}
