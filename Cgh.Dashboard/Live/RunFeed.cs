using System.Collections.Concurrent;

namespace Cgh.Dashboard.Live;

/// <summary>
/// Refreshes the pages when something they show has changed. Bus events only trigger a refresh from the run store, so a lost or
/// late event delays it by at most <see cref="PollInterval"/>.
/// </summary>
public sealed class RunFeed(TimeProvider clock)
{
    /// <summary>Minimum time between two refreshes of a subscriber.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(400);

    /// <summary>Maximum time between two refreshes of a subscriber, without events.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<FeedSubscription, bool> _subscriptions = [];

    /// <summary>Called with each change, before the subscribers refresh.</summary>
    public event Action<FeedChange>? Published;

    /// <summary>Number of current subscribers.</summary>
    public int Count => _subscriptions.Count;

    /// <summary>Calls <paramref name="refresh"/> after each change that passes the filter, one call at a time.</summary>
    /// <param name="filter">Selects the changes that trigger a refresh.</param>
    /// <param name="refresh">Must handle its own exceptions: an unhandled one ends the subscription.</param>
    public FeedSubscription Subscribe(Func<FeedChange, bool> filter, Func<CancellationToken, Task> refresh)
    {
        var subscription = new FeedSubscription(clock, filter, refresh, ended => _subscriptions.TryRemove(ended, out _));
        _subscriptions[subscription] = true;
        return subscription;
    }

    public void Publish(FeedChange change)
    {
        Published?.Invoke(change);
        PublishToPages(change);
    }

    /// <summary>As <see cref="Publish"/>, without <see cref="Published"/>.</summary>
    public void PublishToPages(FeedChange change)
    {
        foreach (var subscription in _subscriptions.Keys)
        {
            subscription.Notify(change);
        }
    }
}
