namespace Cgh.Dashboard.Lists;

/// <summary>A line of the table of runs: a run, or the head of a group.</summary>
/// <param name="Run">The run; null for a head.</param>
/// <param name="Group">The value that the group has in common.</param>
/// <param name="Count">Number of runs in the group.</param>
public sealed record RunRow(IndexedRun? Run, string Group, int Count);

/// <summary>The order of the table of runs.</summary>
public static class RunRows
{
    /// <summary>Sorts and groups runs.</summary>
    /// <param name="runs">The runs, newest experiment first.</param>
    /// <param name="sort">Name of a key, with a minus for the largest first; null to keep the order.</param>
    /// <param name="group">Name of a key; null for no groups.</param>
    public static List<RunRow> Of(IEnumerable<IndexedRun> runs, string? sort, string? group)
    {
        if (sort is not null && RunKey.Find(sort.TrimStart('-')) is { } by)
        {
            var isDescending = sort[0] == '-';
            // Runs without a value come last in both directions.
            runs = runs.Select(run => (Run: run, Value: by.Of(run)))
                .Order(Comparer<(IndexedRun Run, RunValue Value)>.Create((a, b) =>
                    RunValue.Compare(a.Value, b.Value) * (isDescending && !a.Value.IsNone && !b.Value.IsNone ? -1 : 1)))
                .Select(item => item.Run);
        }

        if (group is null || RunKey.Find(group) is not { } key)
        {
            return [.. runs.Select(run => new RunRow(run, "", 0))];
        }

        return
        [
            .. runs.GroupBy(run => key.Of(run)).OrderBy(items => items.Key, Comparer<RunValue>.Create(RunValue.Compare))
                .SelectMany(items => items.Select(run => new RunRow(run, "", 0))
                    .Prepend(new RunRow(null, $"{key.Title}: {(items.Key.IsNone ? Components.Format.None : items.Key.Text)}", items.Count()))),
        ];
    }
}
