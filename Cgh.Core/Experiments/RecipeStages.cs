using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;

namespace Cgh.Core.Experiments;

/// <summary>Checks what the runs of a recipe need of each other.</summary>
internal static class RecipeStages
{
    /// <summary>Adds the failures of all references between the runs.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="train">Number of training examples; 0 if unknown.</param>
    /// <param name="failures">Receives the failures.</param>
    public static void Check(Recipe recipe, int train, RecipeFailures failures)
    {
        var runs = recipe.Runs.GroupBy(run => run.Name, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
        foreach (var run in recipe.Runs)
        {
            var failure = run.Derive is { } stage
                ? FailureOf(run, stage, runs, recipe) ?? Cycle(run, recipe, runs) ?? SizeFailure(stage, runs, recipe, train)
                : FailureOf(run, StageInputs.Reference(run, recipe), runs, recipe) ?? Cycle(run, recipe, runs);
            if (failure is { } found)
            {
                failures.Add($"run '{Short(run.Name)}'", found);
            }
        }
    }

    /// <summary>Number of training examples of a run, from the stage that derives its dataset; <paramref name="train"/> for the recipe's dataset.</summary>
    public static int TrainOf(RunSpec run, Recipe recipe, int train) => StageInputs.Reference(run, recipe) is null ? train
        : StageInputs.StageOf(run, recipe) is { DrawsEasyAndHard: true } stage ? stage.Train
        : 0;

    private static string? FailureOf(RunSpec run, StageSpec stage, Dictionary<string, RunSpec> runs, Recipe recipe)
    {
        if (stage is { Kind: StageKind.Subset, Indices: { } indices })
        {
            return new[] { indices, stage.TestIndices }.FirstOrDefault(file => file is not null && !File.Exists(file)) is { } missing
                ? $"{missing} does not exist. Check the path, which is relative to the recipe."
                : null;
        }

        if (stage.From == run.Name)
        {
            return "derive.from is the stage itself. Name a run that trains.";
        }

        if (stage.IsFromExperiment && !runs.TryGetValue(stage.From, out var from))
        {
            return $"derive.from: there is no run '{Short(stage.From)}'.{NearestName.Suggest(stage.From, Trained(runs))}";
        }

        if (stage.IsFromExperiment && runs[stage.From].Derive is not null)
        {
            return $"derive.from: '{Short(stage.From)}' is a stage, which has no model. Name a run that trains.";
        }

        if (stage.Kind == StageKind.Learning && UntrackedFailure(stage, runs) is { } untracked)
        {
            return untracked;
        }

        if (stage is { Kind: StageKind.Suspects, IsFromExperiment: true } && runs[stage.From].TrackLearning == Tracking.LearningTracking.Off)
        {
            return $"derive.from: '{Short(stage.From)}' does not record what it learns. Give it \"trackLearning\": \"evaluation\".";
        }

        return stage.DerivesLabels && stage.IsFromExperiment && StageInputs.Reference(runs[stage.From], recipe) is not null
            ? $"derive.from: '{Short(stage.From)}' trains on what a stage derives. Correct the labels of the recipe's dataset: name a run that trains on it."
            : null;
    }

    // Whether the data has enough examples for the subsets.
    private static string? SizeFailure(StageSpec stage, Dictionary<string, RunSpec> runs, Recipe recipe, int train)
    {
        var wanted = 2L * ((long)stage.Train + stage.Test);
        var given = stage.IsFromExperiment && runs.TryGetValue(stage.From, out var from) ? TrainOf(from, recipe, train) : train;
        var sides = stage.Kind == StageKind.Learning ? "easy and hard" : "learned and not";
        return given > 0 && stage is { Train: > 0, Test: >= 0 } && wanted > given
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"derive: {stage.Train} train and {stage.Test} test examples of each side, {sides}, are {wanted}, and the data has {given}. Ask for fewer.")
            : null;
    }

    // A run folder that is not on this machine is checked when the stage starts.
    private static string? UntrackedFailure(StageSpec stage, Dictionary<string, RunSpec> runs)
    {
        if (stage.IsFromExperiment)
        {
            return runs[stage.From].TrackLearning == LearningTracking.Off
                ? $"derive.from: '{Short(stage.From)}' is not tracked, so it has no learning times. Set its trackLearning to evaluation or training."
                : null;
        }

        var folder = new RunFolder(stage.From);
        try
        {
            if (Path.IsPathRooted(stage.From) && folder.Exists)
            {
                LearningTimes.CheckTracked(folder, folder.Load().Spec);
            }

            return null;
        }
        catch (UserErrorException error)
        {
            return $"derive.from: {error.Message}";
        }
    }

    private static string? FailureOf(RunSpec run, (string Stage, string Artefact)? reference, Dictionary<string, RunSpec> runs, Recipe recipe)
    {
        if (reference is not var (name, artefact))
        {
            return StageInputs.LabelsReference(run) is var (labeller, labels) ? LabelsFailure(run, labeller, labels, runs)
                : run.Dataset == recipe.Dataset.Name
                ? null
                : "dataset can only be set per run to what a stage derives, as STAGE/ARTEFACT: a recipe has one dataset. Write a second recipe.";
        }

        if (name == run.Name)
        {
            return $"dataset '{Short(run.Dataset)}' is derived by the run itself. Name another stage.";
        }

        if (!runs.TryGetValue(name, out var stage))
        {
            return $"dataset '{Short(run.Dataset)}': there is no stage '{Short(name)}'.{NearestName.Suggest(name, Stages(runs))}";
        }

        if (stage.Derive is not { } derive)
        {
            return $"dataset '{Short(run.Dataset)}': '{Short(name)}' is a run that trains and derives nothing. Name a stage, which has derive.";
        }

        if (!derive.Artefacts.Contains(artefact))
        {
            var nearest = NearestName.Suggest(artefact, derive.Artefacts);
            return $"dataset '{Short(run.Dataset)}': {name} derives no '{Short(artefact)}' but {UserText.Join(derive.Artefacts)}.{nearest}";
        }

        return run.Labels == LabelSet.Original
            ? null
            : $"labels must be '{LabelSet.Original}' (it is '{Short(run.Labels)}'): what a stage derives has no other label set.";
    }

    private static string? LabelsFailure(RunSpec run, string name, string artefact, Dictionary<string, RunSpec> runs) =>
        !runs.TryGetValue(name, out var stage)
            ? $"labels '{Short(run.Labels)}': there is no stage '{Short(name)}'.{NearestName.Suggest(name, Stages(runs))}"
        : stage.Derive is not { DerivesLabels: true }
            ? $"labels '{Short(run.Labels)}': '{Short(name)}' derives no labels. Name a stage whose derive has kind labels or suspects."
        : artefact != StageSpec.Corrected ? $"labels '{Short(run.Labels)}': {name} derives no '{Short(artefact)}'. Write {name}/{StageSpec.Corrected}."
        : null;

    private static string? Cycle(RunSpec run, Recipe recipe, Dictionary<string, RunSpec> runs)
    {
        List<string> path = [run.Name];
        for (var at = run; StageInputs.Of(at, recipe) is { } name && runs.TryGetValue(name, out var next); at = next)
        {
            path.Add(name);
            if (name == run.Name)
            {
                return $"needs its own result: {string.Join(" needs ", path)}. Change a dataset or derive.from.";
            }

            if (path.Count > runs.Count + 1)
            {
                // A cycle that this run only leads to; its own runs report it.
                return null;
            }
        }

        return null;
    }

    private static string Short(string name) => UserText.Shortened(name);

    private static IEnumerable<string> Trained(Dictionary<string, RunSpec> runs) => runs.Values.Where(run => run.Derive is null).Select(run => run.Name);

    private static IEnumerable<string> Stages(Dictionary<string, RunSpec> runs) => runs.Values.Where(run => run.Derive is not null).Select(run => run.Name);
}
