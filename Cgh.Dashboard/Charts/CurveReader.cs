using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Dashboard.Charts;

/// <summary>Keeps the rows of the curves that a page has read, so that only new ones are read again.</summary>
internal sealed class CurveReader(ICurveStore store)
{
    private readonly Dictionary<(RunId Run, string Curve), Known> _known = [];

    /// <summary>The rows that were read last; none before the first reading.</summary>
    public IReadOnlyList<double[]> Rows(RunId run, string curve) => _known.TryGetValue((run, curve), out var known) ? known.Rows : [];

    /// <summary>Reads what is new of some curves, all at once.</summary>
    public Task ReadAsync(IEnumerable<RunState> runs, IReadOnlyList<string> curves, CancellationToken cancellationToken) =>
        Task.WhenAll(runs.SelectMany(run => curves.Select(curve => ReadAsync(run, curve, cancellationToken))));

    private async Task ReadAsync(RunState run, string curve, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault((run.Id, curve));
        if (known is null || known.Attempt != run.Attempt)
        {
            // A new attempt may have truncated the curve.
            known = new Known(run.Attempt, []);
        }
        else if (known.IsComplete)
        {
            return;
        }

        var from = known.Rows.Count;
        var rows = await store.ReadRowsAsync(run.Id, curve, from, cancellationToken);

        // Two refreshes of a page can overlap.
        if (known.Rows.Count == from)
        {
            known.Rows.AddRange(rows.Rows);
            known.IsComplete = !run.Status.IsActive();
            _known[(run.Id, curve)] = known;
        }
    }

    private sealed record Known(int Attempt, List<double[]> Rows)
    {
        public bool IsComplete { get; set; }
    }
}
