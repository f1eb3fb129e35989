using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What the table of runs shows.</summary>
/// <param name="Rows">Its lines, of which the browser gets those in view.</param>
/// <param name="Found">Runs that match the query.</param>
/// <param name="Total">Runs of the experiments that have been read.</param>
/// <param name="Unread">Experiments that are yet to be read.</param>
/// <param name="QueryError">What is wrong with the query.</param>
public sealed record RunsModel(ICollection<RunRow> Rows, int Found, int Total, int Unread, string? QueryError);

/// <summary>The runs of all experiments in one table. The address holds query, columns, order and groups.</summary>
public sealed partial class RunsPage : LivePage<RunsModel>
{
    private const float RowHeight = 37;
    private const int MaxCompared = 120;

    private readonly HashSet<RunId> _checked = [];
    private IndexedRun? _edited;
    private string _tag = "";
    private string _title = "";
    private string _tags = "";
    private string _notes = "";
    private string? _done;
    private string? _error;
    private Func<Task>? _undo;
    private bool _isBusy;

    /// <summary>What to search for; see <see cref="RunQuery"/>.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    public string? Query { get; set; }

    /// <summary>The key that the runs are sorted by, with a minus for the largest first.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? Sort { get; set; }

    /// <summary>The key that the runs are grouped by.</summary>
    [SupplyParameterFromQuery(Name = "group")]
    public string? Group { get; set; }

    /// <summary>Keys shown, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "columns")]
    public string? ColumnList { get; set; }

    [Inject]
    public required RunIndex Index { get; init; }

    [Inject]
    public required ExperimentSubmitter Submitter { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override string Key => $"runs {Sort} {Group} {Query}";

    protected override bool KeepsModel => true;

    private IReadOnlyList<string> ColumnNames => ColumnList is null ? RunKey.Usual : [.. ColumnList.Split(',').Distinct(StringComparer.OrdinalIgnoreCase)];

    private IReadOnlyList<RunKey> Columns =>
        [.. ColumnNames.Select(RunKey.Find).OfType<RunKey>().Where(key => key.Name is not ("run" or "experiment"))];

    // Those that are still listed: what a filter hides is not commanded.
    private IReadOnlyList<IndexedRun> Checked => [.. Model!.Rows.Select(row => row.Run).OfType<IndexedRun>().Where(run => _checked.Contains(run.Run.Id))];

    private bool IsBusy => _isBusy || !RendererInfo.IsInteractive;

    private string Summary => Model switch
    {
        { Unread: > 0 } => $"{Format.Count(Model.Found)} runs so far; {Format.Count(Model.Unread)} experiments are yet to be read.",
        { Found: var found, Total: var total } when found < total => $"{Format.Count(found)} of {Format.Count(total)} runs.",
        _ => $"{Format.Count(Model!.Total)} run{(Model.Total == 1 ? "" : "s")}.",
    };

    protected override async Task<RunsModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var list = await Index.ReadAsync(cancellationToken);
        var query = RunQuery.Parse(Query);
        var found = list.Runs.Where(query.Matches).ToList();
        return new RunsModel(RunRows.Of(found, Sort, Group), found.Count, list.Runs.Count(), list.Total - list.Experiments.Count, query.Error);
    }

    protected override bool IsAffectedBy(FeedChange change) => true;

    private static string TitleOf(IndexedRun run) => run.Note.Notes.Length > 0 ? $"{run.Run.Id}\n{run.Note.Notes}" : run.Run.Id.ToString();

    private string AriaSort(string name) => Sort == name ? "ascending" : Sort == $"-{name}" ? "descending" : "none";

    private void Search(string? query) => Navigate("q", query);

    private void SetGroup(ChangeEventArgs change) => Navigate("group", change.Value is string { Length: > 0 } key ? key : null);

    private void ToggleColumn(string name)
    {
        var names = QueryList.Toggle(string.Join(',', ColumnNames), name) ?? "none";
        Navigate("columns", names == string.Join(',', RunKey.Usual) ? null : names);
    }

    private void Navigate(string name, string? value) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, value), replace: true);

    private void Toggle(RunId run)
    {
        if (!_checked.Remove(run))
        {
            _checked.Add(run);
        }
    }

    private void CheckAll(ChangeEventArgs change)
    {
        _checked.Clear();
        if (change.Value is true)
        {
            _checked.UnionWith(Model!.Rows.Select(row => row.Run).OfType<IndexedRun>().Select(run => run.Run.Id));
        }
    }

    private Task PauseAsync() => CommandAsync(RunCommand.Pause, "paused", Submitter.PauseAsync);

    private Task RequeueAsync() => CommandAsync(RunCommand.Resume, "queued", Submitter.ResumeAsync);

    private Task CancelAsync() => CommandAsync(RunCommand.Cancel, "cancelled", Submitter.CancelAsync);

    // One after the other: each is a message, and the first that is refused says why.
    private Task CommandAsync(RunCommand command, string done, Func<RunId, CancellationToken, Task> send) => DoAsync(async () =>
    {
        var runs = Checked.Where(run => run.Run.WouldChange(command)).Select(run => run.Run.Id).ToArray();
        var errors = new List<string>();
        foreach (var run in runs)
        {
            if (await GuardedAction.RunAsync(cancellationToken => send(run, cancellationToken)) is { } error)
            {
                errors.Add(error);
            }

            Index.Invalidate(run.Experiment);
        }

        _done = Done(runs.Length - errors.Count, done);
        _error = errors.Count > 1 ? $"{errors[0]} (and {errors.Count - 1} more)" : errors.FirstOrDefault();
    });

    private Task TagAsync() => RunAnnotation.ParseTags(_tag) is [_, ..] tags
        ? AnnotateAsync(Checked, note => tags.Aggregate(note, (tagged, tag) => tagged.WithTag(tag)), "tagged")
        : Task.CompletedTask;

    private Task UntagAsync() => AnnotateAsync(
        Checked, note => RunAnnotation.ParseTags(_tag).Aggregate(note, (tagged, tag) => tagged.WithoutTag(tag)), "untagged");

    private Task ArchiveAsync() => AnnotateAsync(Checked, note => note with { Archived = true }, "archived");

    private Task UnarchiveAsync() => AnnotateAsync(Checked, note => note with { Archived = false }, "unarchived");

    private Task DeleteAsync() => AnnotateAsync(Checked, note => note with { Deleted = note.Deleted ?? Clock.GetUtcNow() }, "deleted");

    private Task RestoreAsync() => AnnotateAsync(Checked, note => note with { Deleted = null }, "restored");

    private void Edit(IndexedRun run) =>
        (_edited, _title, _tags, _notes) = (run, run.Note.Title, string.Join(' ', run.Note.Tags), run.Note.Notes);

    private async Task SaveAsync()
    {
        var tags = RunAnnotation.ParseTags(_tags);
        await AnnotateAsync([_edited!], note => note with { Title = _title.Trim(), Notes = _notes.Trim(), Tags = tags }, "saved");
        if (_error is null)
        {
            _edited = null;
        }
    }

    private Task AnnotateAsync(IReadOnlyList<IndexedRun> runs, Func<RunAnnotation, RunAnnotation> change, string done) => DoAsync(async () =>
    {
        var before = runs.ToDictionary(run => run.Run.Id, run => run.Note);
        _error = await GuardedAction.RunAsync(cancellationToken => Task.Run(() => Index.Annotate(before.Keys, change), cancellationToken));
        if (_error is null)
        {
            _done = Done(runs.Count, done);
            _undo = () => DoAsync(async () =>
            {
                _error = await GuardedAction.RunAsync(cancellationToken => Task.Run(
                    () =>
                    {
                        foreach (var (run, note) in before)
                        {
                            Index.Annotate([run], _ => note);
                        }
                    },
                    cancellationToken));
                _done = _error is null ? "Undone." : null;
            });
        }
    });

    private Task UndoAsync() => _undo!();

    private async Task DoAsync(Func<Task> action)
    {
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        (_done, _error, _undo) = (null, null, null);
        await action();
        await ReloadAsync();
        _isBusy = false;
    }

    private static string? Done(int runs, string done) => runs == 0 ? null : $"{Format.Count(runs)} run{(runs == 1 ? "" : "s")} {done}.";
}
