using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>A run as its folder tells it, or as its recipe does when it has not begun.</summary>
/// <param name="Name">Name of the run's folder.</param>
/// <param name="Spec">What was to be trained.</param>
/// <param name="Record">Null when the run has not begun.</param>
/// <param name="Rows">Rows of the four evaluation sets, by the names of <see cref="Curves"/>.</param>
internal sealed record ReportedRun(string Name, RunSpec Spec, RunRecord? Record, IReadOnlyDictionary<string, IReadOnlyList<EvaluationRow>> Rows)
{
    public RunStatus Status => Record?.Status ?? RunStatus.Queued;

    /// <summary>Epochs trained before the last evaluation; null before the first.</summary>
    public int? LastEpoch => Rows.Values.SelectMany(rows => rows).Select(row => (int?)row.Epoch).Max();

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="Cgh.Core.UserErrorException">A file in it is not readable.</exception>
    public static ReportedRun Read(RunFolder folder)
    {
        var record = folder.Load();
        return new ReportedRun(
            Path.GetFileName(folder.Path),
            record.Spec,
            record,
            Curves.EvaluationSets.ToDictionary(set => set, set => EvaluationCsv.Read(folder, set)));
    }

    public static ReportedRun NotBegun(RunSpec spec) =>
        new(spec.Name, spec, Record: null, Curves.EvaluationSets.ToDictionary(set => set, _ => (IReadOnlyList<EvaluationRow>)[]));

    /// <summary>
    /// The last figures of an evaluation set: of the final weights when the run completed, else of the last evaluation;
    /// null when the set is empty or was not evaluated.
    /// </summary>
    public EvaluationResult? Final(string set)
    {
        var result = Record is { Status: RunStatus.Completed, Result: { } final } && final.TryGetValue(set, out var known)
            ? known
            : Rows[set].LastOrDefault()?.Result;
        return result is { Count: > 0 } ? result : null;
    }
}
