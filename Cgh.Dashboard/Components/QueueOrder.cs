using Cgh.Core.Store;

namespace Cgh.Dashboard.Parts;

/// <summary>In which order trainers take the runs that wait.</summary>
/// <param name="ByPriority">False for the bus within one process, which knows no priorities.</param>
public sealed record QueueOrder(bool ByPriority)
{
    public string Explanation => ByPriority
        ? "The highest priority goes first; of one priority, what was queued first."
        : "What was queued first goes first: within one process priorities do not count, only with RabbitMQ.";

    /// <summary>The next to be taken first; those that wait for their dataset come last.</summary>
    public IEnumerable<T> Sort<T>(IEnumerable<T> items, Func<T, RunState> run, Func<T, int> priority) => items
        .OrderBy(item => run(item).Offered is null)
        .ThenByDescending(item => ByPriority ? priority(item) : 0)
        .ThenBy(item => run(item).Offered ?? run(item).Queued);
}
