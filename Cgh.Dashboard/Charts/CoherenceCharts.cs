using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Charts;

/// <summary>What the charts of coherence have in common.</summary>
internal static class CoherenceCharts
{
    public const string Explanation = "1: the gradients of the examples are orthogonal; larger: they have more in common.";

    public static IReadOnlyList<ChartPanel> Panels { get; } = [new("m-coherence", Column: 3, IsPercent: false)];

    /// <summary>Title of the chart of one of <see cref="Curves.CoherenceSets"/>.</summary>
    public static string Title(string curve) => curve switch
    {
        Curves.CoherencePristine => "Coherence of pristine examples",
        Curves.CoherenceCorrupt => "Coherence of corrupt examples",
        _ => "Coherence of all examples",
    };

    /// <summary>The curves of runs that measure coherence, pristine and corrupt only if a run has both; empty if none measures it.</summary>
    public static IReadOnlyList<string> CurvesOf(IReadOnlyList<RunState> runs) => !runs.Any(run => run.Spec.CoherenceEvery > 0) ? []
        : runs.Any(HasBoth) ? Curves.CoherenceSets
        : [Curves.Coherence];

    /// <summary>Whether a run has the curve.</summary>
    public static bool Has(RunState run, string curve) => run.Spec.CoherenceEvery > 0 && (curve == Curves.Coherence || HasBoth(run));

    private static bool HasBoth(RunState run) => run.Spec.CoherenceEvery > 0 && run.Latest.ContainsKey(Curves.Corrupt);
}
