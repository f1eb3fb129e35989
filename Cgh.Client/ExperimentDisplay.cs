using System.Globalization;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;
using Spectre.Console;

namespace Cgh.Client;

/// <summary>Displays an experiment: as a live table in a terminal, as lines of text if the output is redirected.</summary>
public sealed class ExperimentDisplay(IAnsiConsole console)
{
    private const int MinWidthForAllColumns = 110;

    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(15);

    private bool IsLive => console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;

    /// <summary>Displays snapshots until <paramref name="isOver"/> returns true, then the last one with its errors.</summary>
    /// <returns>The last snapshot.</returns>
    public async Task<ExperimentSnapshot> WatchAsync(IAsyncEnumerable<ExperimentSnapshot> snapshots, Func<ExperimentSnapshot, bool> isOver)
    {
        var last = IsLive
            ? await console.Live(new Text("")).AutoClear(true).StartAsync(live => FollowAsync(snapshots, isOver, snapshot =>
                live.UpdateTarget(snapshot.Experiment.Status == ExperimentStatus.Preparing ? Preparation(snapshot) : Table(snapshot))))
            : await FollowAsync(snapshots, isOver, new LineWriter(console).Write);
        Show(last);
        return last;
    }

    /// <summary>Prints the runs as a table, followed by their errors.</summary>
    public void Show(ExperimentSnapshot snapshot)
    {
        console.Write(Table(snapshot));
        foreach (var run in snapshot.Runs.Where(run => run.Error is not null))
        {
            console.MarkupLineInterpolated($"[red]{run.Id.Name}[/]: {run.Error}");
        }

        if (snapshot.Experiment.Error is not null)
        {
            console.MarkupLineInterpolated($"[red]{snapshot.Experiment.Error}[/]");
        }
    }

    /// <summary>Spectre.Console markup of a status.</summary>
    public static string Markup(RunStatus status) => status switch
    {
        RunStatus.Completed => "[green]completed[/]",
        RunStatus.Failed => "[red]failed[/]",
        RunStatus.Parked => "[red]parked[/]",
        RunStatus.Running => "[blue]running[/]",
        _ => status.ToString().ToLowerInvariant(),
    };

    private static async Task<ExperimentSnapshot> FollowAsync(
        IAsyncEnumerable<ExperimentSnapshot> snapshots, Func<ExperimentSnapshot, bool> isOver, Action<ExperimentSnapshot> display)
    {
        await foreach (var snapshot in snapshots)
        {
            display(snapshot);
            if (isOver(snapshot))
            {
                return snapshot;
            }
        }

        throw new InvalidOperationException("The stream of snapshots ended before the experiment.");
    }

    private static Text Preparation(ExperimentSnapshot snapshot) =>
        snapshot.Dataset is { } dataset
            ? new Text(string.Concat(
                $"Dataset {dataset.Name}: {dataset.Stage} {dataset.Done} of {dataset.Total}",
                dataset.ImagesPerSecond is { } rate ? $", {Format(rate, "0")} images/s" : "",
                dataset.SecondsLeft is { } left ? $", {Duration(left)} left" : ""))
            : new Text($"Dataset {snapshot.Experiment.Recipe.Dataset.Name}: waiting");

    private Table Table(ExperimentSnapshot snapshot)
    {
        var runs = snapshot.Runs;
        // With the order in which a narrow terminal drops them, 0 never.
        (string Header, bool IsText, int Drop, Func<RunState, string> Cell)[] columns =
        [
            ("run", true, 0, run => Spectre.Console.Markup.Escape(run.Id.Name)),
            ("rule", true, 1, run => run.Spec.Derive is { } stage ? stage.KindName : run.Spec.Rule.Title),
            ("status", true, 0, Status),
            ("epoch", false, 7, run => run.Spec.Derive is null ? $"{Format(run.Epoch, "0.0")}/{run.Spec.Epochs}" : ""),
            ("images/s", false, 1, run => run.Status == RunStatus.Running ? Format(run.ImagesPerSecond, "0") : ""),
            ("left", false, 2, run => run.SecondsLeft is { } left ? Duration(left) : ""),
            ("loss", false, 1, run => run.Loss is { } loss ? Format(loss, "0.000") : ""),
            ("pristine", false, 4, run => Accuracy(run, Curves.Pristine)),
            ("corrupt", false, 5, run => Accuracy(run, Curves.Corrupt)),
            ("train", false, 3, run => Accuracy(run, Curves.TrainSample)),
            ("test", false, 6, run => Accuracy(run, Curves.Test)),
        ];
        if (runs.Any(run => run.Latest.ContainsKey(Curves.OriginalTest)))
        {
            columns = [.. columns, ("original test", false, 2, run => Accuracy(run, Curves.OriginalTest))];
        }

        // Drop columns on a narrow terminal rather than wrap numbers; the dashboard shows all. A table that does not fit would be printed as "…".
        var shown = console.Profile.Width >= MinWidthForAllColumns ? columns : [.. columns.Where(column => column.Drop != 1)];
        while (shown.Sum(Width) + 1 > console.Profile.Width && shown.Any(column => column.Drop > 0))
        {
            var next = shown.Where(column => column.Drop > 0).MinBy(column => column.Drop);
            shown = [.. shown.Where(column => column.Header != next.Header)];
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in shown)
        {
            var header = new TableColumn(column.Header).NoWrap();
            table.AddColumn(column.IsText ? header : header.RightAligned());
        }

        foreach (var run in runs)
        {
            table.AddRow([.. shown.Select(column => column.Cell(run))]);
        }

        return table.Caption("top-1 accuracy in percent: pristine and corrupt labels, train sample, test");

        string Status(RunState run) => StageInputs.WaitsFor(run, snapshot.Experiment.Recipe, runs) is { } input
            ? $"waits for {Spectre.Console.Markup.Escape(input.Id.Name)}"
            : run.Elsewhere is not null ? "running elsewhere"
            : run is { Status: RunStatus.Running, Responding: false } ? "[yellow]not responding[/]"
            : Markup(run.Status);

        // With padding and one border.
        int Width((string Header, bool IsText, int Drop, Func<RunState, string> Cell) column) =>
            runs.Select(run => Spectre.Console.Markup.Remove(column.Cell(run)).Length).Append(column.Header.Length).Max() + 3;
    }

    private static string Accuracy(RunState run, string set) =>
        run.Latest.TryGetValue(set, out var result) && result.Count > 0 ? Format(result.Acc1, "0.0") : "";

    private static string Duration(double seconds) =>
        UserText.Time(seconds).ToString(seconds < 3600 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    // Writes a line when a run changes its status, and periodically while it is running.
    private sealed class LineWriter(IAnsiConsole console)
    {
        private readonly Dictionary<RunId, (RunStatus Status, DateTime At)> _written = [];
        private string? _stage;

        public void Write(ExperimentSnapshot snapshot)
        {
            if (snapshot.Dataset is { } dataset && dataset.Stage != _stage)
            {
                _stage = dataset.Stage;
                console.WriteLine($"{dataset.Name}: {_stage}");
            }

            foreach (var run in snapshot.Runs)
            {
                var (status, at) = _written.GetValueOrDefault(run.Id, (RunStatus.Queued, DateTime.MinValue));
                if (run.Status != status || (run.Status == RunStatus.Running && DateTime.UtcNow - at > s_lineInterval))
                {
                    _written[run.Id] = (run.Status, DateTime.UtcNow);
                    console.WriteLine(Line(run));
                }
            }
        }

        private static string Line(RunState run)
        {
            var figures = Curves.EvaluationSetsIn(run.Latest.Keys)
                .Where(set => Accuracy(run, set).Length > 0)
                .Select(set => $"{set.Replace('_', ' ')} {Accuracy(run, set)}%")
                .ToList();
            var left = run.SecondsLeft is { } seconds ? $", {Duration(seconds)} left" : "";
            var status = run.Status.ToString().ToLowerInvariant();
            var epoch = run.Spec.Derive is null ? $", epoch {Format(run.Epoch, "0.0")} of {run.Spec.Epochs}" : "";
            var top1 = figures.Count > 0 ? $"; top-1: {string.Join(", ", figures)}" : "";
            return $"{run.Id.Name}: {status}{epoch}{left}{top1}";
        }
    }
}
