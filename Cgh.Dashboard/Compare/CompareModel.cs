using Cgh.Core.Store;
using Cgh.Dashboard.Reports;
using Cgh.RunStore;

namespace Cgh.Dashboard.Compare;

/// <summary>The runs of a comparison.</summary>
/// <param name="Runs">Runs that train, in the order of the address and of their recipes.</param>
/// <param name="Missing">What the address names and the store does not have.</param>
/// <param name="Omitted">Number of runs above <see cref="MaxRuns"/>.</param>
/// <param name="Classes">Number of classes; null if it is unknown or not the same for all runs.</param>
public sealed record CompareModel(IReadOnlyList<RunState> Runs, IReadOnlyList<string> Missing, int Omitted, int? Classes)
{
    /// <summary>More lines than a chart can show; further runs are left out, and the page says so.</summary>
    public const int MaxRuns = 500;

    internal static async Task<CompareModel> LoadAsync(
        IReadOnlyList<string> selected, IRunStore store, DatasetClasses classes, CancellationToken cancellationToken)
    {
        var (runs, missing, counts) = (new List<RunState>(), new List<string>(), new List<int?>());
        var selections = selected.Select(RunSelection.Parse).ToList();
        foreach (var id in selections.Select(selection => selection.Experiment).Distinct(StringComparer.Ordinal))
        {
            var all = await store.ListRunsAsync(id, cancellationToken);
            if (await store.FindExperimentAsync(id, cancellationToken) is not { } experiment)
            {
                missing.Add(id);
                continue;
            }

            var names = selections.Where(selection => selection.Experiment == id).ToList();
            var isWhole = names.Any(selection => selection.Names.Count == 0);
            var wanted = names.SelectMany(selection => selection.Names).ToHashSet(StringComparer.Ordinal);
            var found = all.Where(run => run.Spec.Derive is null && (isWhole || wanted.Contains(run.Id.Name))).ToList();
            runs.AddRange(found);
            missing.AddRange(wanted.Except(found.Select(run => run.Id.Name)).Select(name => $"{id}/{name}"));
            counts.Add(classes.Of(experiment.Recipe));
        }

        return new CompareModel(
            runs.Count > MaxRuns ? runs[..MaxRuns] : runs,
            missing,
            Math.Max(0, runs.Count - MaxRuns),
            counts.Distinct().Count() == 1 ? counts[0] : null);
    }
}
