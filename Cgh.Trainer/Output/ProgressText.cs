using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Training;
using Spectre.Console;

namespace Cgh.Trainer.Output;

/// <summary>Formats progress and results.</summary>
internal static class ProgressText
{
    public static string Progress(RunSpec spec, AttemptProgressed progress)
    {
        if (spec.Derive is not null)
        {
            var percent = 100 * Math.Min(1, progress.Epoch);
            return string.Create(CultureInfo.InvariantCulture, $"{spec.Name}: {percent:F0}% of the examples, {progress.ImagesPerSecond:F0} a second");
        }

        var epoch = Math.Min((int)progress.Epoch, spec.Epochs - 1);
        var rates = string.Create(CultureInfo.InvariantCulture, $"lr {LearningRate.At(spec, epoch):G3}, {progress.ImagesPerSecond:F0} images/s");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{spec.Name}: epoch {progress.Epoch:F1} of {spec.Epochs}, loss {progress.Loss:F3}, {rates}, {Left(progress.SecondsLeft)}");
    }

    public static string Started(RunSpec spec, AttemptStarted started)
    {
        var from = started.Step == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" from step {started.Step:N0}");
        var threads = started.Environment.Threads;
        var device = string.Create(CultureInfo.InvariantCulture, $"{started.Environment.Device} ({threads} {(threads == 1 ? "thread" : "threads")})");
        return spec.Derive is { } stage
            ? string.Create(CultureInfo.InvariantCulture, $"{spec.Name}: {stage.KindName} from {stage.From}, {started.TotalSteps:N0} examples on {device}")
            : string.Create(CultureInfo.InvariantCulture, $"{spec.Name}: {spec.Model} with {spec.Rule}{from}, {started.TotalSteps:N0} steps on {device}");
    }

    /// <summary>Formats the final results of the evaluation sets as a table.</summary>
    public static Table Results(IReadOnlyDictionary<string, EvaluationResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("set");
        foreach (var column in new[] { "examples", "loss", "top-1 %", "top-5 %" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var set in Curves.EvaluationSetsIn(results.Keys).Where(results.ContainsKey))
        {
            var result = results[set];
            table.AddRow(
                set.Replace('_', ' '),
                result.Count.ToString("N0", CultureInfo.InvariantCulture),
                result.Loss.ToString("F4", CultureInfo.InvariantCulture),
                result.Acc1.ToString("F2", CultureInfo.InvariantCulture),
                result.Acc5.ToString("F2", CultureInfo.InvariantCulture));
        }

        return table;
    }

    /// <summary>Describes the outcome and the next step; null for a failure, which is reported as an error.</summary>
    public static string? Ended(RunFolder folder, AttemptEnded ended) => ended.Status switch
    {
        RunStatus.Completed => string.Create(
            CultureInfo.InvariantCulture, $"Completed in {UserText.Time(ended.Seconds):h\\:mm\\:ss}. Weights, curves and record: {folder.Path}"),
        RunStatus.Interrupted => $"Interrupted; checkpoint saved. Resume with: Cgh.Trainer resume {folder.Path}",
        RunStatus.Cancelled => $"Cancelled; checkpoint saved in {folder.Path}",
        _ => null,
    };

    private static string Left(double? seconds) => seconds is { } left
        ? string.Create(CultureInfo.InvariantCulture, $"{UserText.Time(left):d\\.hh\\:mm\\:ss} left").Replace("0.", "", StringComparison.Ordinal)
        : "time left unknown";
}
