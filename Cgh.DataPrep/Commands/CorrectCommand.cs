using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;

namespace Cgh.DataPrep.Commands;

/// <summary><c>labels correct</c> and <c>labels decisions</c>: apply and export what reviewers decided on the suspects of a label report.</summary>
internal static class CorrectCommand
{
    public static Command CreateCorrect()
    {
        var report = Report();
        var name = new Option<string>("--name") { Description = "Name of the corrected label set.", Required = true };
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("correct", """
            Creates a label set with the decisions made in the dashboard's review of a label report. Examples about which the
            reviewers are unsure, or differ, keep their label. The label set records which decisions it was made from.

            Example:
              Cgh.DataPrep labels correct labels-20260101-120000/suspects --name reviewed
            """)
        {
            report, name, data,
        };
        command.SetAction(parse =>
        {
            var folder = DataFolder.Resolve(parse.GetValue(data));
            var review = Open(folder, parse.GetValue(report)!);
            using var dataset = LabelCorrection.OpenDataset(review.Report, folder);
            var made = LabelCorrection.Apply(review, dataset, parse.GetValue(name)!).Info;
            Warn(review);
            Console.WriteLine(made.Decisions is { } decisions
                ? $"{dataset.Folder}: label set '{made.Name}', {decisions.Changed} labels of '{made.From}' changed ({decisions.Accepted} suggestions accepted, "
                    + $"{decisions.Other} other classes), {decisions.Kept} kept, {decisions.Unsure} unsure, {decisions.Disputed} disputed"
                : $"{dataset.Folder}: label set '{made.Name}' has these labels already");
            return 0;
        });
        return command;
    }

    public static Command CreateDecisions()
    {
        var report = Report();
        var output = new Option<string?>("--out") { Description = "File to write. Default: standard output.", HelpName = "FILE" }.MustNotBeEmpty();
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("decisions", $"""
            Writes the decisions of the reviewers of a label report as CSV, with the columns
            {DecisionTable.Header}.
            There is a row for the last decision of each reviewer about each example.

            Example:
              Cgh.DataPrep labels decisions labels-20260101-120000/suspects --out decisions.csv
            """)
        {
            report, output, data,
        };
        command.SetAction(parse =>
        {
            var folder = DataFolder.Resolve(parse.GetValue(data));
            var review = Open(folder, parse.GetValue(report)!);
            using var dataset = LabelCorrection.OpenDataset(review.Report, folder);
            if (parse.GetValue(output) is { } path)
            {
                OutputFile.Check(path, output.Name);
                DecisionTable.Write(review, dataset, path);
            }
            else
            {
                DecisionTable.Write(review, dataset, Console.Out);
            }

            Warn(review);
            return 0;
        });
        return command;
    }

    private static Argument<string> Report() => new Argument<string>("REPORT")
    {
        Description = "Folder of a label report: EXPERIMENT/STAGE in the data folder's experiments, or a path.",
    }.MustNotBeEmpty();

    private static LabelReview Open(DataFolder data, string report)
    {
        var inExperiments = Path.Combine(data.Experiments, report);
        var folder = LabelReport.Exists(report) || !LabelReport.Exists(inExperiments) ? Path.GetFullPath(report) : inExperiments;
        return LabelReview.Open(folder, TimeProvider.System);
    }

    private static void Warn(LabelReview review)
    {
        if (review.Notice is { } notice)
        {
            Console.Error.WriteLine(notice);
        }
    }
}
