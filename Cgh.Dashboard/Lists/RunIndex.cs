using System.Collections.Concurrent;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Reports;
using Cgh.RunStore;

namespace Cgh.Dashboard.Lists;

/// <summary>
/// All experiments and runs in memory, for pages that search them. One index serves all pages. It is read when a page asks for it; then only what can have
/// changed is read again: active experiments, those of which an event came, and a few others in turn, in case an event was lost.
/// </summary>
public sealed class RunIndex : IDisposable
{
    private const int ReadAtOnce = 25;
    private const int ReadInTurn = 50;

    // Less than the poll interval of a page, and more than the pause between two key strokes.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(4);

    // A page shows what there is after this time, and the rest when it has been read.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly IRunStore _store;
    private readonly RunFeed _feed;
    private readonly ReportFiles _files;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IndexedExperiment> _experiments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _changed = new(StringComparer.Ordinal);
    private RunList _list = new([], Total: 0);
    private Task _refresh = Task.CompletedTask;
    private DateTimeOffset? _refreshed;
    private int _turn;
    private bool _isStale;

    public RunIndex(IRunStore store, RunFeed feed, ReportFiles files, TimeProvider clock)
    {
        (_store, _feed, _files, _clock) = (store, feed, files, clock);
        _feed.Published += OnPublished;
    }

    /// <summary>All experiments. If reading them takes long, those that have been read; a change without a name is published when the rest has.</summary>
    public async Task<RunList> ReadAsync(CancellationToken cancellationToken)
    {
        Task refresh;
        lock (_gate)
        {
            var isDue = _refreshed is not { } then || (_clock.GetUtcNow() - then).Duration() >= s_interval;
            if (_refresh.IsCompleted && (isDue || _isStale || !_changed.IsEmpty))
            {
                _refresh = RefreshAsync(isDue);
            }

            refresh = _refresh;
        }

        await Task.WhenAny(refresh, Task.Delay(s_patience, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (refresh.IsCompleted)
        {
            await refresh;
        }

        return _list;
    }

    /// <summary>Reads an experiment again when a page next asks: a command or a note has changed it.</summary>
    public void Invalidate(string experiment) => _changed[experiment] = true;

    /// <summary>Changes what is noted about runs.</summary>
    /// <exception cref="UserErrorException">The note is invalid, or the experiment's folder is not on this machine or cannot be written.</exception>
    public void Annotate(IEnumerable<RunId> runs, Func<RunAnnotation, RunAnnotation> change)
    {
        foreach (var experiment in runs.GroupBy(run => run.Experiment, run => run.Name))
        {
            var folder = _files.FolderOf(experiment.Key)
                ?? throw UserErrorException.NotFound(
                    $"The folder of experiment {experiment.Key} is not on this machine, so nothing can be noted about its runs.");
            RunAnnotations.Change(folder, [.. experiment], change);
            Invalidate(experiment.Key);
        }
    }

    public void Dispose() => _feed.Published -= OnPublished;

    private void OnPublished(FeedChange change)
    {
        if (change.Experiment is { } experiment)
        {
            Invalidate(experiment);
        }
        else
        {
            _isStale = true;
        }
    }

    // All that can have changed; if not due, only what an event named, and what is new.
    private async Task RefreshAsync(bool isDue)
    {
        _isStale = false;
        // From here on, nothing runs in the context of the page that asked.
        var ids = await _store.ListExperimentIdsAsync().ConfigureAwait(false);
        var changed = _changed.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var id in changed)
        {
            _changed.TryRemove(id, out _);
        }

        try
        {
            var known = ids.ToHashSet(StringComparer.Ordinal);
            foreach (var gone in _experiments.Keys.Where(id => !known.Contains(id)).ToList())
            {
                _experiments.Remove(gone);
            }

            var inTurn = isDue ? InTurn(ids) : [];
            var toRead = ids.Where(id => !_experiments.TryGetValue(id, out var experiment)
                || changed.Contains(id)
                || inTurn.Contains(id)
                || (isDue && !experiment.Experiment.Status.IsOver()));
            var isPartial = false;
            foreach (var some in toRead.Chunk(ReadAtOnce))
            {
                foreach (var experiment in await ReadAsync(some))
                {
                    _experiments[experiment.Experiment.Id] = experiment;
                }

                isPartial |= _experiments.Count < ids.Count;
                Save(ids);
            }

            Save(ids, isComplete: true);
            _refreshed = isDue ? _clock.GetUtcNow() : _refreshed;
            if (isPartial)
            {
                _feed.PublishToPages(new FeedChange(Experiment: null));
            }
        }
        catch
        {
            foreach (var id in changed)
            {
                Invalidate(id);
            }

            throw;
        }
    }

    private HashSet<string> InTurn(IReadOnlyList<string> ids)
    {
        var inTurn = Enumerable.Range(_turn, Math.Min(ReadInTurn, ids.Count)).Select(turn => ids[turn % ids.Count]).ToHashSet(StringComparer.Ordinal);
        _turn = ids.Count == 0 ? 0 : (_turn + ReadInTurn) % ids.Count;
        return inTurn;
    }

    // An experiment that cannot be read is not in the list; the store says so.
    private void Save(IReadOnlyList<string> ids, bool isComplete = false)
    {
        var read = ids.Select(id => _experiments.GetValueOrDefault(id)).OfType<IndexedExperiment>().ToArray();
        _list = new RunList(read, isComplete ? read.Length : ids.Count);
    }

    private async Task<IReadOnlyList<IndexedExperiment>> ReadAsync(IReadOnlyList<string> ids)
    {
        var experiments = await _store.ListExperimentsAsync(ids);
        var runs = await Task.WhenAll(experiments.Select(experiment => _store.ListRunsAsync(experiment.Id)));
        return
        [
            .. experiments.Zip(runs, (experiment, list) =>
            {
                var notes = NotesOf(experiment.Id);
                return new IndexedExperiment(
                    experiment, [.. list.Select(run => new IndexedRun(experiment, run, notes.Runs.GetValueOrDefault(run.Id.Name, RunAnnotation.None)))]);
            }),
        ];
    }

    // A damaged file costs the notes; changing them says what is wrong with it.
    private RunAnnotations NotesOf(string experiment)
    {
        try
        {
            return _files.FolderOf(experiment) is { } folder ? RunAnnotations.Read(folder) : new RunAnnotations();
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            return new RunAnnotations();
        }
    }
}
