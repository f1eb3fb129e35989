using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>Coherence of gradients by epoch, for the runs that measured it, next to the accuracy of the same runs.</summary>
/// <param name="Groups">Runs that differ in their seeds only, in the order of the runs.</param>
internal sealed record CoherenceFigure(IReadOnlyList<CoherenceGroup> Groups)
{
    /// <summary>File name without extension.</summary>
    public const string Name = "coherence";

    /// <summary>The sets of the panels besides accuracy: one, or three if a run has corrupt labels.</summary>
    public IReadOnlyList<(string Curve, string Title)> Panels { get; } =
    [
        .. Curves.CoherenceSets
            .Where(curve => Groups.Any(group => group.Runs.Any(run => run.Points[curve].Count > 0)))
            .Select(curve => (curve, $"Coherence of {SetTitle(curve)} examples")),
    ];

    public string Caption =>
        $"m-coherence of the gradients of single examples{(Panels.Count > 1 ? ", pristine and corrupt examples apart" : "")}, next to top-1 accuracy on the train sample";

    /// <summary>Which examples a curve is of: all, pristine or corrupt.</summary>
    public static string SetTitle(string curve) => curve switch
    {
        Curves.CoherencePristine => "pristine",
        Curves.CoherenceCorrupt => "corrupt",
        _ => "all",
    };

    /// <summary>The figure; null if no run has measured coherence yet.</summary>
    /// <param name="runs">The experiment's runs.</param>
    public static CoherenceFigure? Of(IReadOnlyList<ReportedRun> runs)
    {
        var measured = runs
            .Where(run => run.Coherence is not null)
            .Select(run => new CoherenceRun(run, run.Coherence!))
            .Where(run => run.Points[Curves.Coherence].Count > 0)
            .GroupBy(run => run.Run.Spec with { Name = "", Seed = 0 })
            .Select(group => new CoherenceGroup([.. group]))
            .ToList();
        return measured.Count > 0 ? new CoherenceFigure(measured) : null;
    }
}

/// <summary>Runs that differ in their seeds only.</summary>
internal sealed record CoherenceGroup(IReadOnlyList<CoherenceRun> Runs)
{
    /// <summary>What the names have in common, such as <c>real</c> of real-seed-0 and real-seed-1, and the number of runs.</summary>
    public string Title
    {
        get
        {
            var name = Runs[0].Run.Name;
            if (Runs.Count == 1)
            {
                return name;
            }

            var common = Enumerable.Range(0, name.Length).TakeWhile(i => Runs.All(run => run.Run.Name.Length > i && run.Run.Name[i] == name[i])).Count();
            var stem = name[..common].TrimEnd('-', '_', '.');
            stem = stem.EndsWith("-seed", StringComparison.Ordinal) ? stem[..^"-seed".Length] : stem;
            return $"{(stem.Length > 0 ? stem : Runs[0].Run.Spec.Rule.Title)} ({Runs.Count} seeds)";
        }
    }
}

/// <summary>A run with the points of its curves.</summary>
/// <param name="Run">The run.</param>
/// <param name="Points">Epoch and m-coherence by curve.</param>
internal sealed record CoherenceRun(ReportedRun Run, IReadOnlyDictionary<string, IReadOnlyList<(double Epoch, double Coherence)>> Points)
{
    /// <summary>Reads the points of a run.</summary>
    /// <exception cref="Cgh.Core.UserErrorException">A file of the run is malformed.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<(double Epoch, double Coherence)>> ReadPoints(RunFolder folder) =>
        Curves.CoherenceSets.ToDictionary(
            curve => curve,
            IReadOnlyList<(double, double)> (curve) =>
                [.. folder.ReadCurve(curve).Where(row => double.IsFinite(row[3])).Select(row => (row[0], row[3]))]);
}
