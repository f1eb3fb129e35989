using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Stages;

/// <summary>
/// Which runs of an experiment need the results of others. A stage needs the run that it derives from, and a run whose dataset is <c>STAGE/ARTEFACT</c>
/// needs that stage.
/// </summary>
public static class StageInputs
{
    private const char Separator = '/';

    /// <summary>Splits a reference to an artefact; null for the dataset of the recipe.</summary>
    public static (string Stage, string Artefact)? Reference(RunSpec run, Recipe recipe) =>
        run.Dataset == recipe.Dataset.Name ? null : Parts(run.Dataset);

    /// <summary>Splits a reference to derived labels, <c>STAGE/corrected</c>; null for a label set of the dataset.</summary>
    public static (string Stage, string Artefact)? LabelsReference(RunSpec run) => Parts(run.Labels);

    /// <summary>The stage that derives a run's dataset; null for the dataset of the recipe.</summary>
    public static StageSpec? StageOf(RunSpec run, Recipe recipe) => Reference(run, recipe) is var (name, _)
        ? recipe.Runs.FirstOrDefault(other => other.Name == name)?.Derive
        : null;

    /// <summary>The name of the run that a run needs; null if it needs only the recipe's dataset.</summary>
    public static string? Of(RunSpec run, Recipe recipe) =>
        run.Derive is { IsFromExperiment: true } stage ? stage.From : (Reference(run, recipe) ?? LabelsReference(run))?.Stage;

    /// <summary>Replaces a reference to derived labels by the name of the label set that the stage has created.</summary>
    /// <param name="spec">The spec of the run.</param>
    /// <param name="experiment">The folder that holds the run folders.</param>
    /// <exception cref="UserErrorException">The stage has not completed, or derives no labels.</exception>
    public static RunSpec WithLabels(RunSpec spec, string experiment)
    {
        if (LabelsReference(spec) is not var (name, _))
        {
            return spec;
        }

        var stage = new RunFolder(Path.Combine(experiment, name));
        return stage.Exists && stage.Load().Derived is { LabelSet: { } labels }
            ? spec with { Labels = labels }
            : throw UserErrorException.Usage(
                $"labels '{spec.Labels}': {stage.Path} has derived no labels. Name a completed stage of kind labels or suspects, or a label set.");
    }

    /// <summary>The run that a queued run waits for: the nearest one that has not completed; null if it can start.</summary>
    public static RunState? WaitsFor(RunState run, Recipe recipe, IReadOnlyCollection<RunState> runs) =>
        run.Status == RunStatus.Queued && Of(run.Spec, recipe) is { } name
            && runs.FirstOrDefault(other => other.Id.Name == name) is { Status: not RunStatus.Completed } input
            ? input
            : null;

    /// <summary>
    /// The statuses that decide whether an experiment is over. A queued run that waits, directly or not, for a run that has stopped is not active: it counts
    /// as interrupted until that run is resumed.
    /// </summary>
    public static IReadOnlyList<RunStatus> Statuses(Recipe recipe, IReadOnlyCollection<RunState> runs) => [.. runs.Select(run => Status(run, recipe, runs))];

    /// <summary>As <see cref="Statuses"/>, for one run.</summary>
    public static RunStatus Status(RunState run, Recipe recipe, IReadOnlyCollection<RunState> runs)
    {
        // A recipe has no cycles, but a store can hold anything: more steps than runs end the walk.
        var at = run;
        for (var steps = 0; steps < runs.Count && WaitsFor(at, recipe, runs) is { } input; steps++)
        {
            if (!input.Status.IsActive())
            {
                return RunStatus.Interrupted;
            }

            at = input;
        }

        return run.Status;
    }

    /// <summary>The folder of a run's dataset: what a stage in the same experiment folder derives, or the dataset of that name or path.</summary>
    /// <param name="spec">The spec of the run.</param>
    /// <param name="experiment">The folder that holds the run folders.</param>
    /// <param name="data">The data folder.</param>
    public static string DatasetFolder(RunSpec spec, string experiment, DataFolder data) =>
        Parts(spec.Dataset) is ({ Length: > 0 } stage, _) && new RunFolder(Path.Combine(experiment, stage)).Exists
            ? Path.GetFullPath(Path.Combine(experiment, spec.Dataset))
            : data.Dataset(spec.Dataset);

    /// <summary>The folder of the dataset that a run was trained on: the recorded one or, if it was moved, where it is now.</summary>
    /// <param name="record">The run's record.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="data">The data folder.</param>
    public static string DatasetFolder(RunRecord record, RunFolder folder, DataFolder data) => Directory.Exists(record.DatasetFolder)
        ? record.DatasetFolder
        : DatasetFolder(record.Spec, Path.GetDirectoryName(folder.Path)!, data);

    /// <summary>As <see cref="DatasetFolder(RunRecord, RunFolder, DataFolder)"/>, for a command that cannot go on without the dataset.</summary>
    /// <exception cref="UserErrorException">It is at neither place.</exception>
    public static string FindDataset(RunRecord record, RunFolder folder, DataFolder data)
    {
        var found = DatasetFolder(record, folder, data);
        return Directory.Exists(found)
            ? found
            : throw UserErrorException.NotFound(
                $"The dataset of {folder.Path} was at {record.DatasetFolder} and is not there now{(found == record.DatasetFolder ? "" : $", nor at {found}")}. "
                + "Give the data folder that it was moved to with --data.");
    }

    // At the first separator; null without one.
    private static (string Stage, string Artefact)? Parts(string reference)
    {
        var at = reference.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? null : (reference[..at], reference[(at + 1)..]);
    }
}
