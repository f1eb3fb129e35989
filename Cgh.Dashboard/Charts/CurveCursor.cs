using System.Runtime.InteropServices;
using Cgh.RunStore;

namespace Cgh.Dashboard.Charts;

/// <summary>
/// Tracks how many rows of each line have been sent to the browser, so that only new ones are read and sent. A reloaded page has a
/// new cursor and gets every row.
/// </summary>
internal sealed class CurveCursor(ICurveStore store)
{
    private readonly Dictionary<int, Position> _positions = [];

    /// <summary>Whether at least one row has been read.</summary>
    public bool HasRows => _positions.Values.Any(position => position.Next > 0);

    /// <summary>Reads the rows that are new since the last call, for all lines.</summary>
    /// <returns>The updates, and their values as little-endian float64 in the order of <see cref="ChartUpdate"/>.</returns>
    public async Task<(IReadOnlyList<ChartUpdate> Updates, byte[] Numbers)> ReadAsync(
        IReadOnlyList<ChartSeries> lines, IReadOnlyList<ChartPanel> panels, CancellationToken cancellationToken)
    {
        var updates = new List<ChartUpdate>();
        var numbers = new List<double>();
        for (var line = 0; line < lines.Count; line++)
        {
            var series = lines[line];
            var position = _positions.GetValueOrDefault(line, new Position(series.Attempt, Next: 0, IsComplete: false));
            var isNewAttempt = position.Attempt != series.Attempt && position.Next > 0;
            if (!series.IsReady || (position.IsComplete && !series.IsLive && !isNewAttempt))
            {
                continue;
            }

            var rows = await store.ReadRowsAsync(series.Run, series.Curve, isNewAttempt ? 0 : position.Next, cancellationToken);
            if (rows.Rows.Count > 0 || isNewAttempt)
            {
                updates.Add(new ChartUpdate(line, rows.Rows.Count, Replace: isNewAttempt));
                numbers.AddRange(rows.Rows.Select(series.Epoch));
                numbers.AddRange(panels.SelectMany(panel => rows.Rows.Select(row => row[panel.Column])));
            }

            _positions[line] = new Position(series.Attempt, rows.Next, IsComplete: !series.IsLive);
        }

        return (updates, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers)).ToArray());
    }

    private sealed record Position(int Attempt, int Next, bool IsComplete);
}
