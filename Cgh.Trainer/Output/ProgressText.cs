using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Trainer.Training;
using Spectre.Console;

namespace Cgh.Trainer.Output;

/// <summary>Progress and results in words.</summary>
internal static class ProgressText
{
    public static string Progress(RunSpec spec, AttemptProgressed progress)
    {
        var epoch = Math.Min((int)progress.Epoch, spec.Epochs - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{spec.Name}: epoch {progress.Epoch:F1} of {spec.Epochs}, loss {progress.Loss:F3}, lr {LearningRate.At(spec, epoch):G3}, {progress.ImagesPerSecond:F0} images/s, {Left(progress.SecondsLeft)}");
    }

    public static string Started(RunSpec spec, AttemptStarted started)
    {
        var from = started.Step == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" from step {started.Step:N0}");
        return string.Create(CultureInfo.InvariantCulture, $"{spec.Name}: {spec.Model} with {spec.Rule}{from}, {started.TotalSteps:N0} steps on {started.Environment.Device} ({started.Environment.Threads} {(started.Environment.Threads == 1 ? "thread" : "threads")})");
    }

    /// <summary>The four sets after the last epoch.</summary>
    public static Table Results(IReadOnlyDictionary<string, EvaluationResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("set");
        foreach (var column in new[] { "examples", "loss", "top-1 %", "top-5 %" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var set in Curves.EvaluationSets.Where(results.ContainsKey))
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

    /// <summary>How the attempt ended and what to do next; null when it failed, which is an error and not output.</summary>
    public static string? Ended(RunFolder folder, AttemptEnded ended) => ended.Status switch
    {
        RunStatus.Completed => string.Create(CultureInfo.InvariantCulture, $"Completed in {TimeSpan.FromSeconds(ended.Seconds):h\\:mm\\:ss}. Weights, curves and record: {folder.Path}"),
        RunStatus.Interrupted => $"Interrupted; a checkpoint is written. Go on with: Cgh.Trainer resume {folder.Path}",
        RunStatus.Cancelled => $"Cancelled; a checkpoint is written in {folder.Path}",
        _ => null,
    };

    private static string Left(double? seconds) => seconds is { } left
        ? string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(left):d\\.hh\\:mm\\:ss} left").Replace("0.", "", StringComparison.Ordinal)
        : "time left unknown";
}
