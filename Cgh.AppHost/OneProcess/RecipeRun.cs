using System.Globalization;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.ServiceDefaults;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cgh.AppHost.OneProcess;

/// <summary>Runs a recipe from the terminal: submits it, shows how it goes, prints the result.</summary>
internal sealed class RecipeRun(IRunStore store, ExperimentSubmitter submitter, DataFolder data, IAnsiConsole console)
{
    private const int WideEnough = 110;

    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_lineEvery = TimeSpan.FromSeconds(15);

    /// <returns>Whether every run completed.</returns>
    public async Task<bool> RunAsync(Recipe recipe, CancellationToken stop)
    {
        var id = await submitter.SubmitAsync(recipe, stop);
        console.MarkupLineInterpolated($"Experiment: {id}");
        var ended = console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal
            ? await ShowLiveAsync(id, stop)
            : await ShowLinesAsync(id, stop);
        var runs = await store.ListRunsAsync(id, stop);
        console.Write(Table(runs));
        foreach (var run in runs.Where(run => run.Error is not null))
        {
            console.MarkupLineInterpolated($"[red]{run.Id.Name}[/]: {run.Error}");
        }

        if (ended.Error is not null)
        {
            console.MarkupLineInterpolated($"[red]{ended.Error}[/]");
        }

        var folder = new ExperimentFolder(Path.Combine(data.Experiments, id));
        console.WriteLine(File.Exists(folder.Report) ? $"Report: {folder.Report}" : $"Experiment folder: {folder.Path}");
        return ended.Status == ExperimentStatus.Completed;
    }

    private async Task<ExperimentState> ShowLiveAsync(string id, CancellationToken stop) =>
        await console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
        {
            while (true)
            {
                var (experiment, runs) = await ReadAsync(id, stop);
                live.UpdateTarget(experiment.Status == ExperimentStatus.Preparing ? await PreparationAsync(experiment, stop) : Table(runs));
                if (experiment.Status.IsOver())
                {
                    return experiment;
                }

                await Task.Delay(s_refresh, stop);
            }
        });

    // Where the output goes to a file or a pipe: a line when a run changes its status, and one now and then.
    private async Task<ExperimentState> ShowLinesAsync(string id, CancellationToken stop)
    {
        var said = new Dictionary<RunId, (RunStatus Status, DateTime At)>();
        string? stage = null;
        while (true)
        {
            var (experiment, runs) = await ReadAsync(id, stop);
            if (experiment.Status == ExperimentStatus.Preparing
                && await store.FindDatasetAsync(experiment.Recipe.Dataset.Name, stop) is { } dataset && dataset.Stage != stage)
            {
                stage = dataset.Stage;
                console.WriteLine($"{dataset.Name}: {stage}");
            }

            foreach (var run in runs)
            {
                var (status, at) = said.GetValueOrDefault(run.Id, (RunStatus.Queued, DateTime.MinValue));
                if (run.Status != status || (run.Status == RunStatus.Running && DateTime.UtcNow - at > s_lineEvery))
                {
                    said[run.Id] = (run.Status, DateTime.UtcNow);
                    console.WriteLine(Line(run));
                }
            }

            if (experiment.Status.IsOver())
            {
                return experiment;
            }

            await Task.Delay(s_refresh, stop);
        }
    }

    private async Task<(ExperimentState Experiment, IReadOnlyList<RunState> Runs)> ReadAsync(string id, CancellationToken stop) =>
        (await store.FindExperimentAsync(id, stop) ?? throw new InvalidOperationException($"The run store has lost experiment {id}."), await store.ListRunsAsync(id, stop));

    private async Task<IRenderable> PreparationAsync(ExperimentState experiment, CancellationToken stop) =>
        await store.FindDatasetAsync(experiment.Recipe.Dataset.Name, stop) is { } dataset
            ? new Text($"Dataset {dataset.Name}: {dataset.Stage} {dataset.Done} of {dataset.Total}")
            : new Text($"Dataset {experiment.Recipe.Dataset.Name}: waiting");

    private Table Table(IReadOnlyList<RunState> runs)
    {
        (string Header, bool IsText, bool IsExtra, Func<RunState, string> Cell)[] columns =
        [
            ("run", true, false, run => Markup.Escape(run.Id.Name)),
            ("rule", true, true, run => run.Spec.Rule.ToString().ToUpperInvariant()),
            ("status", true, false, Status),
            ("epoch", false, false, run => $"{Format(run.Epoch, "0.0")}/{run.Spec.Epochs}"),
            ("images/s", false, true, run => run.Status == RunStatus.Running ? Format(run.ImagesPerSecond, "0") : ""),
            ("left", false, false, run => run.SecondsLeft is { } left ? Duration(left) : ""),
            ("loss", false, true, run => run.Loss is { } loss ? Format(loss, "0.000") : ""),
            ("pristine", false, false, run => Accuracy(run, Curves.Pristine)),
            ("corrupt", false, false, run => Accuracy(run, Curves.Corrupt)),
            ("train", false, false, run => Accuracy(run, Curves.TrainSample)),
            ("test", false, false, run => Accuracy(run, Curves.Test)),
        ];
        // What a narrow terminal leaves out stands in the dashboard; a figure broken over two lines helps nobody.
        var shown = columns.Where(column => !column.IsExtra || console.Profile.Width >= WideEnough).ToArray();
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
    }

    private static string Line(RunState run)
    {
        var figures = Curves.EvaluationSets
            .Where(run.Latest.ContainsKey)
            .Select(set => $"{set.Replace('_', ' ')} {Accuracy(run, set)}");
        var left = run.SecondsLeft is { } seconds ? $", {Duration(seconds)} left" : "";
        return $"{run.Id.Name}: {run.Status.ToString().ToLowerInvariant()}, epoch {Format(run.Epoch, "0.0")} of {run.Spec.Epochs}{left}  {string.Join(", ", figures)}".TrimEnd();
    }

    private static string Status(RunState run) => run.Status switch
    {
        RunStatus.Completed => "[green]completed[/]",
        RunStatus.Failed => "[red]failed[/]",
        RunStatus.Running when !run.Responding => "[yellow]not responding[/]",
        RunStatus.Running => "[blue]running[/]",
        var status => status.ToString().ToLowerInvariant(),
    };

    private static string Accuracy(RunState run, string set) =>
        run.Latest.TryGetValue(set, out var result) && result.Count > 0 ? Format(result.Acc1, "0.0") : "";

    private static string Duration(double seconds) => TimeSpan.FromSeconds(seconds).ToString(seconds < 3600 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
