using Cgh.Core.Stages;

namespace Cgh.Reports;

/// <summary>Lists the stages of an experiment and what they derived.</summary>
internal static class StageTable
{
    public static string Make(IReadOnlyList<ReportedRun> stages)
    {
        var table = MarkdownTable.Make(
            ["stage", "kind", "from", "seed", "status", "learned", "not learned", "derived (train + test)"], [.. stages.Select(Row)]);
        var errors = stages.Where(stage => stage.Record?.Error is not null).Select(stage => $"{ReportText.Code(stage.Name)}: {stage.Record!.Error}\n");
        const string learned =
            "Learned: training examples that the final model of the run classifies as labelled; with kind learning, at the last tracked epoch.";
        return $"{learned}\n\n{table}\n{string.Join('\n', errors)}";
    }

    private static IReadOnlyList<string> Row(ReportedRun stage)
    {
        var derived = stage.Record?.Derived;
        return
        [
            stage.Name,
            stage.Spec.Derive!.KindName,
            stage.Spec.Derive.From.Length > 0 ? stage.Spec.Derive.From : stage.Spec.Dataset,
            stage.Spec.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ReportText.Status(stage.Status),
            Count(derived?.Learned),
            Count(derived?.NotLearned),
            derived is null ? ReportText.Nothing
                : derived.LabelSet is { } labels ? $"label set {labels}, {Count(derived.Changed)} labels changed"
                : string.Join(", ", derived.Artefacts.Select(Describe)),
        ];
    }

    private static string Describe(StageArtefact artefact) => $"{artefact.Name} ({ReportText.Count(artefact.Train)} + {ReportText.Count(artefact.Test)})";

    private static string Count(int? count) => count is { } known ? ReportText.Count(known) : ReportText.Nothing;
}
