using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>The text of <c>report.md</c>.</summary>
internal static class MarkdownReport
{
    public static string Make(
        ReportInput input,
        ExperimentResults results,
        EasyHardReport easyHard,
        IReadOnlyList<ParameterFigure> parameters,
        IReadOnlyList<DataMapFigure> maps,
        CoherenceFigure? coherence)
    {
        var text = new StringBuilder();
        text.Append($"# {input.Id}\n\n");
        if (input.Recipe is { Description.Length: > 0 } recipe)
        {
            text.Append($"{recipe.Description}\n\n");
        }

        Section(text, "Findings", Findings.Make(input, results, easyHard));
        if (EasyHardSection.Make(easyHard, results.LearnedOverlap ?? []) is { Length: > 0 } section)
        {
            Section(text, "Easy and hard", section);
        }

        Section(text, "Final results", FinalTables(results));
        if (input.Unreadable.Count > 0)
        {
            Section(text, "Runs that cannot be read", string.Concat(input.Unreadable.Select(run => $"- `{run.Name}`: {run.Reason}\n")));
        }

        if (input.Stages.Count > 0)
        {
            Section(text, "Stages", StageTable.Make(input.Stages));
        }

        Section(text, "Curves", Figures(parameters));
        if (coherence is not null)
        {
            Section(text, "Coherence", Coherence(coherence));
        }

        if (maps.Count > 0)
        {
            Section(text, "Data maps", DataMaps(maps));
        }

        Section(text, "Configuration", Configuration(input));
        Section(text, "Environment", Environments(input));
        Section(text, "Reproduction", Reproduction(input));
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Section(StringBuilder text, string title, string content) => text.Append($"## {title}\n\n{content}\n");

    private static string FinalTables(ExperimentResults results)
    {
        var sets = results.EvaluationSets;
        var top1 = MarkdownTable.Make(
            [
                "run", "rule", "status", "epoch", .. sets.Select(ReportText.Title), "train - test", "best test (epoch)", "time", "images/s",
            ],
            [.. results.Runs.Select(run => Top1Row(run, sets))]);
        var details = MarkdownTable.Make(
            [
                "run",
                .. sets.Select(set => $"{ReportText.Title(set)} top-5"),
                .. sets.Select(set => $"{ReportText.Title(set)} loss"),
            ],
            [.. results.Runs.Select(run => DetailRow(run, sets))]);
        var counts = results.Runs.SelectMany(run => run.Final).DistinctBy(set => set.Key)
            .Select(set => $"{ReportText.Title(set.Key)} {ReportText.Count(set.Value.Count)}").ToList();
        var evaluated = counts.Count > 0 ? $" Evaluated examples: {string.Join(", ", counts)}." : "";
        return $"Top-1 accuracy.{evaluated} The generalization gap (train - test) is in percentage points; "
            + "images/s is training images per second of total time, including evaluations.\n\n"
            + $"{top1}\n{SeedTable(results)}Top-5 accuracy, and loss (mean cross-entropy in nats):\n\n{details}";
    }

    private static string SeedTable(ExperimentResults results)
    {
        var variants = Variant.Of(results.Runs.Where(run => run.Status == RunStatus.Completed)).Where(variant => variant.Runs.Count > 1).ToList();
        if (variants.Count == 0)
        {
            return "";
        }

        var table = MarkdownTable.Make(
            ["runs", "seeds", .. results.EvaluationSets.Select(ReportText.Title)],
            [.. variants.Select(variant => (IReadOnlyList<string>)
            [
                variant.Title,
                string.Join(", ", variant.Runs.Select(run => run.Seed)),
                .. results.EvaluationSets.Select(set => ReportText.MeanAndDeviation(variant.Mean(set), variant.Deviation(set))),
            ])]);
        return $"Top-1 accuracy over seeds, mean and sample standard deviation:\n\n{table}\n";
    }

    private static IReadOnlyList<string> Top1Row(RunResults run, IReadOnlyList<string> sets) =>
    [
        run.Name,
        run.Rule.Title,
        ReportText.Status(run.Status),
        run.Epoch is { } epoch ? $"{epoch} of {run.Spec.Epochs}" : ReportText.Nothing,
        .. sets.Select(set => ReportText.Percent(run.Top1(set))),
        ReportText.SignedPoints(run.GeneralizationGap),
        run.BestTest is { } best ? $"{ReportText.Percent(best.Acc1)} ({best.Epoch})" : ReportText.Nothing,
        ReportText.Duration(run.Seconds),
        ReportText.Rate(run.ImagesPerSecond),
    ];

    private static IReadOnlyList<string> DetailRow(RunResults run, IReadOnlyList<string> sets) =>
    [
        run.Name,
        .. sets.Select(set => ReportText.Percent(run.Final.GetValueOrDefault(set)?.Acc5)),
        .. sets.Select(set => ReportText.Loss(run.Final.GetValueOrDefault(set)?.Loss)),
    ];

    private static string Figures(IReadOnlyList<ParameterFigure> parameters) => string.Join(
        '\n',
        [
            .. Figure.All.Select(figure => $"![{figure.Caption}]({figure.Name}.png)\n\n{figure.Caption} ([SVG]({figure.Name}.svg)).\n"),
            .. parameters.Select(figure => $"![{figure.Caption}]({figure.Name}.png)\n\n{figure.Caption}.\n"),
        ]);

    private static string Coherence(CoherenceFigure figure)
    {
        var table = MarkdownTable.Make(
            ["run", "set", "first", "peak (epoch)", "last"],
            [.. from run in figure.Groups.SelectMany(same => same.Runs)
                from panel in figure.Panels
                let points = run.Points[panel.Curve]
                where points.Count > 0
                let peak = points.MaxBy(point => point.Coherence)
                select (IReadOnlyList<string>)
                [
                    run.Run.Name,
                    CoherenceFigure.SetTitle(panel.Curve),
                    ReportText.Coherence(points[0].Coherence),
                    $"{ReportText.Coherence(peak.Coherence)} ({peak.Epoch})",
                    ReportText.Coherence(points[^1].Coherence),
                ]]);
        return "m-coherence of the gradients of single examples: 1 if they are orthogonal, the number of examples if they are identical.\n\n"
            + $"![{figure.Caption}]({CoherenceFigure.Name}.png)\n\n{figure.Caption} ([SVG]({CoherenceFigure.Name}.svg)).\n\n{table}";
    }

    private static string DataMaps(IReadOnlyList<DataMapFigure> maps) =>
        "Each point is a training example: the mean of its given label's probability over the tracked epochs against the standard deviation. Easy examples are "
        + "at the top left, hard ones at the bottom left. A panel shows at most "
        + $"{ReportText.Count(DataMapFigure.MaxPoints)} of its examples, evenly spaced in the order of the dataset.\n\n"
        + string.Concat(maps.Select(map => $"![Data map of {map.Run}]({map.Name}.png)\n\n{ReportText.Code(map.Run)}\n\n"));

    private static string Configuration(ReportInput input)
    {
        var text = new StringBuilder();
        if (input.Recipe is { } recipe)
        {
            text.Append($"Recipe `{recipe.Name}`.{Sentence("Cost", recipe.Cost)}{Sentence("Expected result", recipe.Expect)}\n\n");
        }

        foreach (var same in input.Datasets.GroupBy(dataset => dataset with { Name = "" }))
        {
            var names = $"Dataset{(same.Count() == 1 ? "" : "s")} {ReportText.Join([.. same.Select(dataset => ReportText.Code(dataset.Name))])}";
            var subset = same.Key.SubsetOf is { } parent ? $", {(same.Count() == 1 ? "a subset" : "subsets")} of {parent}" : "";
            text.Append(same.Key is { Classes: { } classes, Side: { } side, Train: { } train, Test: { } test }
                ? $"- {names}: {ReportText.Count(classes)} classes, {ReportText.Count(train)} training and "
                    + $"{ReportText.Count(test)} test images of {side} x {side} pixels{subset}.\n"
                : $"- {names}: no longer at the path that the runs used; its size is unknown.\n");
        }

        // What a stage derives has no other labels.
        foreach (var labels in input.LabelSets.Where(labels => !input.IsDerived(labels.Dataset)))
        {
            text.Append($"- Label set `{labels.Name}` of `{labels.Dataset}`: {Describe(labels)}.\n");
        }

        if (input.Recipe?.Dataset.Demo is { } demo)
        {
            text.Append($"- Generated {demo}.\n");
        }

        return $"{text}\n{SpecTable.Make([.. input.Runs.Select(run => run.Spec with { Name = run.Name })])}";
    }

    private static string Describe(ReportedLabelSet labels)
    {
        if (labels.Name == LabelSet.Original)
        {
            return "the original labels, without noise";
        }

        var origin = labels switch
        {
            { Kind: LabelNoiseKind.Import } => "imported from a file",
            { Kind: { } kind, Fraction: { } fraction, Seed: { } seed } =>
                FormattableString.Invariant($"{100 * fraction:0.##}% of the labels {Change(kind)} with seed {seed}"),
            _ => "of unknown origin",
        };
        return labels is { Pristine: { } pristine, Corrupt: { } corrupt }
            ? $"{origin}; {ReportText.Count(corrupt)} labels differ from the original (corrupt), {ReportText.Count(pristine)} do not (pristine)"
            : origin;
    }

    private static string Change(LabelNoiseKind kind) => kind switch
    {
        LabelNoiseKind.Permute => "permuted",
        LabelNoiseKind.PairFlip => "changed to the next class",
        LabelNoiseKind.Plant => "replaced by another class (planted errors)",
        LabelNoiseKind.Transition => "redrawn from a transition matrix",
        _ => "randomized",
    };

    private static string Environments(ReportInput input)
    {
        var lines = input.Runs.Where(run => run.Record is not null).GroupBy(run => (
            run.Record!.Environment,
            Hosts: string.Join(", ", run.Record.Attempts.Select(attempt => attempt.Host).Distinct())));
        return string.Concat(lines.Select(group =>
        {
            var names = ReportText.Join([.. group.Select(run => ReportText.Code(run.Name))]);
            var on = group.Key.Hosts.Length > 0 ? $" on {group.Key.Hosts}" : "";
            var what = group.Key.Environment is { } machine
                ? $"{machine.OperatingSystem}, {machine.Processors} processors, device {machine.Device}, "
                    + $"{machine.Threads} Torch thread{(machine.Threads == 1 ? "" : "s")}; "
                    + $"{machine.Dotnet}, TorchSharp {machine.TorchSharp}, libtorch {machine.LibTorch}, {machine.Product}"
                : "not recorded";
            return $"- {names}{on}: {what}.\n";
        })) + Resumed(input);
    }

    private static string Resumed(ReportInput input)
    {
        var resumed = input.Runs.Where(run => run.Record?.Attempts.Count > 1)
            .Select(run => $"{ReportText.Code(run.Name)} ({run.Record!.Attempts.Count})").ToList();
        return resumed.Count == 0 ? "" : $"- Runs with more than one attempt: {ReportText.Join(resumed)}.\n";
    }

    private static string Reproduction(ReportInput input)
    {
        var seeds = ReportText.Join([.. input.Runs.Select(run => $"{ReportText.Code(run.Name)} {run.Spec.Seed}")]);
        var whole = input.Recipe is { } recipe
            ? $"The whole experiment, from its recipe file:\n\n```\ndotnet run --project Cgh.AppHost -- run recipes/{recipe.Name}.json\n```\n\n"
            : "";
        return $"{whole}A single run: save the `spec` in its `run.json` as `spec.json` and run:\n\n"
            + "```\ndotnet run --project Cgh.Trainer -- train --spec spec.json --out reproduced\n```\n\n"
            + $"This report, from the current run folders:\n\n```\ndotnet run --project Cgh.Trainer -- report {input.Id}\n```\n\n"
            + $"Seeds (initial weights and example order): {seeds}. The same spec gives identical results on the same CPU with the same number of threads.\n";
    }

    private static string Sentence(string lead, string text) => text.Length > 0 ? $" {lead}: {text.TrimEnd('.')}." : "";
}
