using Cgh.Core.Store;

namespace Cgh.Dashboard.Components;

/// <summary>The order in which trainers take queued runs.</summary>
/// <param name="ByPriority">False with the in-memory bus, which has no priorities.</param>
public sealed record QueueOrder(bool ByPriority)
{
    public string Explanation => ByPriority
        ? "Highest priority first; within a priority, in the order queued."
        : "In the order queued. Priorities need RabbitMQ; the in-memory bus ignores them.";

    /// <summary>The next run first; runs that wait for their dataset come last.</summary>
    public IEnumerable<T> Sort<T>(IEnumerable<T> items, Func<T, RunState> run, Func<T, int> priority) => items
        .OrderBy(item => run(item).Offered is null)
        .ThenByDescending(item => ByPriority ? priority(item) : 0)
        .ThenBy(item => run(item).Offered ?? run(item).Queued);
}
