using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Lists;

/// <summary>A run in a list.</summary>
/// <param name="Experiment">Its experiment.</param>
/// <param name="Run">Its state.</param>
/// <param name="Note">What users have noted about it.</param>
public sealed record IndexedRun(ExperimentState Experiment, RunState Run, RunAnnotation Note)
{
    /// <summary>The name that lists show.</summary>
    public string Title => Note.Title.Length > 0 ? Note.Title : Run.Id.Name;

    /// <summary>Share of the labels that are randomized; null if the recipe does not say.</summary>
    public double? Noise => Run.Spec.Labels == LabelSet.Original
        ? 0
        : Experiment.Recipe.Labels.FirstOrDefault(set => set.Name == Run.Spec.Labels)?.Fraction;

    /// <summary>Neither archived nor deleted.</summary>
    public bool IsListed => !Note.Archived && Note.Deleted is null;
}

/// <summary>An experiment in a list, with its runs in the recipe's order.</summary>
public sealed record IndexedExperiment(ExperimentState Experiment, IReadOnlyList<IndexedRun> Runs);

/// <summary>All experiments at one moment.</summary>
/// <param name="Experiments">Newest first.</param>
/// <param name="Total">Number of experiments in the store; more than those listed while the index is being read.</param>
public sealed record RunList(IReadOnlyList<IndexedExperiment> Experiments, int Total)
{
    /// <summary>Whether nothing is left to be read.</summary>
    public bool IsComplete => Experiments.Count >= Total;

    /// <summary>The runs of all experiments, newest experiment first.</summary>
    public IEnumerable<IndexedRun> Runs => Experiments.SelectMany(experiment => experiment.Runs);
}
