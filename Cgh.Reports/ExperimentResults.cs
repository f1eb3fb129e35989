using System.Text.Json.Serialization;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Reports;

/// <summary>Contents of <c>results.json</c>, the machine-readable results of an experiment; docs/run-folder.md documents the format.</summary>
public sealed record ExperimentResults
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Id of the experiment, or the name of its folder.</summary>
    public required string Experiment { get; init; }

    /// <summary>Name of the recipe; null without one.</summary>
    public string? Recipe { get; init; }

    public required IReadOnlyList<ReportedDataset> Datasets { get; init; }

    public required IReadOnlyList<ReportedLabelSet> LabelSets { get; init; }

    /// <summary>Runs in the recipe's order, or by name without a recipe.</summary>
    public required IReadOnlyList<RunResults> Runs { get; init; }

    /// <summary>Runs that are left out because their folders cannot be read; null if there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UnreadableRun>? Unreadable { get; init; }

    /// <summary>The evaluation sets of the runs' tables.</summary>
    internal IReadOnlyList<string> EvaluationSets => Curves.EvaluationSetsIn(Runs.SelectMany(run => run.Final.Keys));

    /// <summary>Easy and hard examples, an entry per complete seed; null if the experiment has no such runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EasyHardSeed>? EasyHard { get; init; }

    /// <summary>How far two architectures learned the same examples; null if the experiment has no such runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LearnedOverlap>? LearnedOverlap { get; init; }

    internal static ExperimentResults From(ReportInput input, EasyHardReport easyHard) => new()
    {
        Experiment = input.Id,
        Recipe = input.Recipe?.Name,
        Datasets = input.Datasets,
        LabelSets = input.LabelSets,
        Runs = [.. input.Runs.Select(run => RunResults.From(run, input.DatasetOf(run)))],
        Unreadable = input.Unreadable.Count > 0 ? input.Unreadable : null,
        EasyHard = easyHard.Exists ? easyHard.Seeds : null,
        LearnedOverlap = Cgh.Reports.LearnedOverlap.Find(input) is { Count: > 0 } overlaps ? overlaps : null,
    };
}

/// <summary>The best evaluation of a run.</summary>
/// <param name="Epoch">Epochs trained before the evaluation.</param>
/// <param name="Acc1">Top-1 accuracy in percent.</param>
public sealed record BestEpoch(int Epoch, double Acc1);

/// <summary>Results of one run.</summary>
public sealed record RunResults
{
    public required string Name { get; init; }

    public required RuleChoice Rule { get; init; }

    public required RunStatus Status { get; init; }

    /// <summary>One-line error of a failed run.</summary>
    public string? Error { get; init; }

    /// <summary>Seed of the initial weights and the example order.</summary>
    public required uint Seed { get; init; }

    /// <summary>Epochs trained before the evaluation in <see cref="Final"/>; null before the first evaluation.</summary>
    public int? Epoch { get; init; }

    /// <summary>
    /// Results by evaluation set: of the final weights if the run completed, otherwise of the last evaluation. Sets without
    /// examples are omitted, such as <c>corrupt</c> if there is no label noise; <c>original_test</c> is there for a subset with its own test set.
    /// </summary>
    public required IReadOnlyDictionary<string, EvaluationResult> Final { get; init; }

    /// <summary>Top-1 on the train sample minus top-1 on the test set, in percentage points.</summary>
    public double? GeneralizationGap { get; init; }

    /// <summary>First evaluation with the highest top-1 on the test set.</summary>
    public BestEpoch? BestTest { get; init; }

    /// <summary>Number of times that the run was started or resumed.</summary>
    public int Attempts { get; init; }

    /// <summary>Seconds spent training and evaluating, over all attempts.</summary>
    public double Seconds { get; init; }

    /// <summary>Training images per second of <see cref="Seconds"/>; null if unknown.</summary>
    public double? ImagesPerSecond { get; init; }

    public required RunSpec Spec { get; init; }

    /// <summary>Hardware and software of the run; null before it started.</summary>
    public RunEnvironment? Environment { get; init; }

    internal static RunResults From(ReportedRun run, ReportedDataset? dataset)
    {
        var final = Curves.EvaluationSetsIn(run.Rows.Keys)
            .Select(set => (Set: set, Result: run.Final(set)))
            .Where(entry => entry.Result is not null)
            .ToDictionary(entry => entry.Set, entry => entry.Result!);
        var seconds = run.Record?.Seconds ?? 0;
        var epoch = run.Status == RunStatus.Completed ? run.Spec.Epochs : run.LastEpoch;
        return new RunResults
        {
            Name = run.Name,
            Rule = run.Spec.Rule,
            Status = run.Status,
            Error = run.Record?.Error,
            Seed = run.Spec.Seed,
            Epoch = epoch,
            Final = final,
            GeneralizationGap = final.TryGetValue(Curves.TrainSample, out var train) && final.TryGetValue(Curves.Test, out var test)
                ? train.Acc1 - test.Acc1
                : null,
            BestTest = run.Rows[Curves.Test].Where(row => row.Count > 0).MaxBy(row => row.Acc1) is { } best
                ? new BestEpoch(best.Epoch, best.Acc1)
                : null,
            Attempts = run.Record?.Attempts.Count ?? 0,
            Seconds = seconds,
            ImagesPerSecond = run.Status == RunStatus.Completed && seconds > 0 && dataset?.Train is { } images
                ? images * (double)run.Spec.Epochs / seconds
                : null,
            Spec = run.Spec,
            Environment = run.Record?.Environment,
        };
    }

    /// <summary>Top-1 accuracy on an evaluation set in percent; null if it was not evaluated.</summary>
    public double? Top1(string set) => Final.TryGetValue(set, out var result) ? result.Acc1 : null;
}
