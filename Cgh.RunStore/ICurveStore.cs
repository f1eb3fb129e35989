using Cgh.Core.Runs;

namespace Cgh.RunStore;

/// <summary>The store has lost rows before the appended ones; rewrite the curve from its CSV.</summary>
public sealed class CurveGapException(RunId run, string curve, int length, int first)
    : Exception($"Curve {curve} of {run} has {length} rows in the store; rows from {first} on leave a gap.");

/// <summary>Rows of a curve from an index on.</summary>
/// <param name="First">Index of the first of <paramref name="Rows"/>.</param>
/// <param name="Rows">Values in the order of the CSV's columns.</param>
public sealed record CurveRows(int First, IReadOnlyList<double[]> Rows)
{
    /// <summary>The index to continue reading from.</summary>
    public int Next => First + Rows.Count;
}

/// <summary>
/// Curves of runs. A write carries the attempt it comes from: once a newer attempt has started, it changes nothing and
/// returns false.
/// </summary>
public interface ICurveStore
{
    /// <summary>Truncates every curve to the rows of its CSV when an attempt starts.</summary>
    Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken cancellationToken = default);

    /// <summary>Appends rows starting at index <paramref name="first"/>; rows that already exist are skipped.</summary>
    /// <exception cref="CurveGapException">The store has fewer rows than <paramref name="first"/>.</exception>
    Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken cancellationToken = default);

    /// <summary>Rows of a curve from index <paramref name="from"/> on.</summary>
    Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default);
}
