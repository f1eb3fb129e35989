using Cgh.Core.Runs;
using Cgh.Core.Tracking;

namespace Cgh.Reports;

/// <summary>A run, read from its folder or, if it has not started, from the recipe.</summary>
/// <param name="Name">Name of the run's folder.</param>
/// <param name="Spec">The spec of the run.</param>
/// <param name="Record">Contents of run.json; null if the run has not started.</param>
/// <param name="Rows">CSV rows of each evaluation set.</param>
internal sealed record ReportedRun(string Name, RunSpec Spec, RunRecord? Record, IReadOnlyDictionary<string, IReadOnlyList<EvaluationRow>> Rows)
{
    private static readonly IReadOnlyList<string> s_sets = Curves.EvaluationSetsIn(Curves.Known);

    public RunStatus Status => Record?.Status ?? RunStatus.Queued;

    /// <summary>Epochs trained before the last evaluation; null before the first.</summary>
    public int? LastEpoch => Rows.Values.SelectMany(rows => rows).Select(row => (int?)row.Epoch).Max();

    /// <summary>Epoch and m-coherence by curve; null for a run that does not measure it.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(double Epoch, double Coherence)>>? Coherence { get; init; }

    /// <summary>The data map; null unless the run is completed and was tracked.</summary>
    public IReadOnlyList<DataMapPoint>? Map { get; init; }

    /// <summary>For a stage that draws easy and hard examples, what it found.</summary>
    public ReportedSplit? Split { get; init; }

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="Cgh.Core.UserErrorException">A file in the folder is not readable.</exception>
    /// <exception cref="IOException">As above.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static ReportedRun Read(RunFolder folder)
    {
        var record = folder.Load();
        return new ReportedRun(
            Path.GetFileName(folder.Path),
            record.Spec,
            record,
            s_sets.ToDictionary(set => set, set => EvaluationCsv.Read(folder, set)))
        {
            Coherence = record.Spec.CoherenceEvery > 0 ? CoherenceRun.ReadPoints(folder) : null,
            Map = record is { Status: RunStatus.Completed, Spec.TrackLearning: not LearningTracking.Off } ? LearningFiles.ReadMap(folder.Path) : null,
            Split = ReportedSplit.Read(folder),
        };
    }

    /// <summary>Creates a run that has not started.</summary>
    public static ReportedRun NotStarted(RunSpec spec) =>
        new(spec.Name, spec, Record: null, s_sets.ToDictionary(set => set, _ => (IReadOnlyList<EvaluationRow>)[]));

    /// <summary>
    /// Result of an evaluation set: of the final weights if the run completed, otherwise of the last evaluation. Null if the set
    /// is empty or was not evaluated.
    /// </summary>
    public EvaluationResult? Final(string set)
    {
        var result = Record is { Status: RunStatus.Completed, Result: { } final } && final.TryGetValue(set, out var known)
            ? known
            : Rows[set].LastOrDefault()?.Result;
        return result is { Count: > 0 } ? result : null;
    }
}
