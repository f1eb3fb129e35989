using System.Diagnostics;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Microsoft.Extensions.Logging;

namespace Cgh.RunStore;

/// <summary>How a rebuild restores runs that were active when the store was lost.</summary>
public enum RebuildAs
{
    /// <summary>As interrupted: the queue was lost with the store, and no trainer is running.</summary>
    Stopped,

    /// <summary>Running runs stay running if their trainer sends a heartbeat soon; all others are queued again.</summary>
    Live,
}

/// <summary>Rebuilds the run store from the run folders, which are the record.</summary>
public static partial class RunStoreRebuild
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Adds every experiment in <paramref name="data"/> that is missing from the store, with its runs and curves.
    /// </summary>
    /// <param name="store">The store to fill.</param>
    /// <param name="data">The data folder with the experiments.</param>
    /// <param name="log">Logs what was skipped.</param>
    /// <param name="mode">How to restore active runs.</param>
    /// <param name="skipped">What was skipped before, which is not logged again; what is skipped now is added.</param>
    /// <param name="pending">Gets the curves, to be read when they are looked at; null to read them now.</param>
    /// <param name="cancellationToken">Cancels the rebuild.</param>
    /// <returns>The number of experiments added.</returns>
    public static async Task<int> FromFoldersAsync(
        this IRunStore store,
        DataFolder data,
        ILogger log,
        RebuildAs mode,
        SkippedFiles skipped,
        PendingCurves? pending = null,
        CancellationToken cancellationToken = default)
    {
        var added = 0;
        // Newest first: a user looks at those first.
        var paths = ExperimentFolders(data).OrderByDescending(Submitted, StringComparer.Ordinal).ToArray();
        var reported = 0L;
        foreach (var (done, path) in paths.Index())
        {
            if (done == 0 || Stopwatch.GetElapsedTime(reported) > s_progressInterval)
            {
                reported = Stopwatch.GetTimestamp();
                await store.SaveRebuildProgressAsync(new RebuildProgress(done, paths.Length), cancellationToken);
            }

            try
            {
                var id = Path.GetFileName(path);
                if (await store.FindExperimentAsync(id, cancellationToken) is null && Describe(new ExperimentFolder(path), id, mode) is { } found)
                {
                    var isNew = await store.AddExperimentAsync(found.Experiment, found.Runs, cancellationToken);
                    foreach (var run in found.Runs)
                    {
                        if (isNew && run is { Status: RunStatus.Running, Elsewhere: null })
                        {
                            // A first heartbeat on behalf of its trainer, so that no other trainer starts an attempt before it can send its own.
                            await store.BeatAsync(run.Id, run.Attempt, "filled", cancellationToken);
                        }

                        var folder = new ExperimentFolder(path).Run(run.Id.Name);
                        if (pending is null)
                        {
                            await AddCurvesAsync(store, folder, run.Id, run.Attempt, Skip, cancellationToken);
                        }
                        else if (isNew && run.Attempt > 0)
                        {
                            pending.Add(run.Id, stop => AddCurvesAsync(store, folder, run.Id, Skip, stop));
                        }
                    }

                    added += isNew ? 1 : 0;
                }
            }
            catch (Exception error) when (IsFolderError(error))
            {
                Skip(path, error);
            }
        }

        await store.SaveRebuildProgressAsync(progress: null, cancellationToken);
        return added;

        void Skip(string path, Exception error)
        {
            if (skipped.Add(path))
            {
                Skipped(log, path, UserText.FirstLine(error));
            }
        }
    }

    /// <summary>Tells the pages that a rebuild is about to start, before they are served.</summary>
    /// <param name="store">The store to fill.</param>
    /// <param name="data">The data folder with the experiments.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public static Task AnnounceRebuildAsync(this IRunStore store, DataFolder data, CancellationToken cancellationToken = default) =>
        store.SaveRebuildProgressAsync(new RebuildProgress(0, ExperimentFolders(data).Length), cancellationToken);

    /// <summary>Brings a run that is trained elsewhere up to date with its folder. Once its process has ended, it is an ordinary run of its status.</summary>
    /// <param name="store">The store.</param>
    /// <param name="run">The run in the store.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="cancellationToken">Cancels the reads and writes.</param>
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    public static async Task RefreshElsewhereAsync(this IRunStore store, RunState run, RunFolder folder, CancellationToken cancellationToken)
    {
        var now = Restore(Described(run.Id, folder), resting: null, RebuildAs.Stopped);
        await store.ChangeRunAsync(
            run.Id,
            stored => stored.Elsewhere is null ? Transition.Refused(stored, "it is trained here") : Transition.To(now with { Queued = stored.Queued }),
            cancellationToken);
        await AddCurvesAsync(store, folder, now.Id, now.Attempt, (_, _) => { }, cancellationToken);
    }

    private static bool IsFolderError(Exception error) => error is UserErrorException or IOException or UnauthorizedAccessException;

    private static string[] ExperimentFolders(DataFolder data) => Directory.Exists(data.Experiments) ? Directory.GetDirectories(data.Experiments) : [];

    // The part of an experiment's id that has the time it was submitted; a folder of another name counts from its last change.
    private static string Submitted(string path)
    {
        var id = Path.GetFileName(path);
        var start = Math.Max(0, id.Length - ExperimentFolder.TimeFormat.Length);
        return DateTime.TryParseExact(id[start..], ExperimentFolder.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? id[start..]
            : Directory.GetLastWriteTimeUtc(path).ToString(ExperimentFolder.TimeFormat, CultureInfo.InvariantCulture);
    }

    // By the attempt that is the newest now: it may have begun after the rebuild.
    private static async Task AddCurvesAsync(IRunStore store, RunFolder folder, RunId run, Action<string, Exception> skip, CancellationToken cancellationToken)
    {
        if (await store.FindRunAsync(run, cancellationToken) is { } now)
        {
            await AddCurvesAsync(store, folder, run, now.Attempt, skip, cancellationToken);
        }
    }

    private static async Task AddCurvesAsync(
        IRunStore store, RunFolder folder, RunId run, int attempt, Action<string, Exception> skip, CancellationToken cancellationToken)
    {
        foreach (var curve in Curves.Known)
        {
            try
            {
                var rows = folder.ReadCurve(curve);
                if (rows.Count > 0)
                {
                    await store.AppendRowsAsync(run, attempt, curve, 0, rows, cancellationToken);
                }
            }
            catch (Exception error) when (IsFolderError(error))
            {
                skip(folder.Csv(curve), error);
            }
        }
    }

    private static (ExperimentState Experiment, IReadOnlyList<RunState> Runs)? Describe(ExperimentFolder folder, string id, RebuildAs mode)
    {
        var started = Directory.GetDirectories(folder.Path).Order(StringComparer.Ordinal).Select(path => new RunFolder(path)).Where(run => run.Exists)
            .ToDictionary(run => Path.GetFileName(run.Path));
        ExperimentRecord experiment;
        if (File.Exists(folder.Record))
        {
            experiment = CghJson.Load<ExperimentRecord>(folder.Record);
        }
        else if (started.Count > 0)
        {
            // Trained from the command line, without an experiment record; no trainer may continue these runs.
            mode = RebuildAs.Stopped;
            var records = started.ToDictionary(run => run.Key, run => run.Value.Load());
            var first = records.Values.First();
            experiment = new ExperimentRecord
            {
                Id = id,
                Created = records.Values.Min(record => record.Created),
                Recipe = new Recipe
                {
                    Name = id,
                    Description = "Trained from the command line.",
                    Dataset = new DatasetRequest { Name = first.Spec.Dataset },
                    Runs = [.. records.Select(record => record.Value.Spec with { Name = record.Key })],
                },
            };
        }
        else
        {
            return null;
        }

        var runs = experiment.Recipe.Runs
            .Select(spec => started.TryGetValue(spec.Name, out var run)
                ? FromFolder(new RunId(id, spec.Name), spec, run, experiment)
                : new RunState
                {
                    Id = new RunId(id, spec.Name),
                    Spec = spec,
                    Status = RunStatus.Queued,
                    Attempt = folder.Run(spec.Name).ClaimedAttempt(),
                    Queued = experiment.Created,
                })
            .Select(run => Restore(run, experiment.Resting.GetValueOrDefault(run.Id.Name), mode))
            .ToList();

        // A run that waits for the result of another has no message in the queue.
        runs = runs.ConvertAll(run => StageInputs.WaitsFor(run, experiment.Recipe, runs) is null ? run : run with { Offered = null });
        var statuses = StageInputs.Statuses(experiment.Recipe, runs);
        // Without a report, the store was lost before the experiment was closed: the reconciler closes it.
        var isClosed = mode == RebuildAs.Stopped || File.Exists(folder.Report);
        var (status, error) = statuses.Any(run => run.IsActive())
            ? (started.Count > 0 ? ExperimentStatus.Running : ExperimentStatus.Preparing, null)
            : isClosed ? ExperimentStatusExtensions.Outcome(statuses)
            : (ExperimentStatus.Running, null);
        return (
            new ExperimentState
            {
                Id = id,
                Recipe = experiment.Recipe,
                Created = experiment.Created,
                Status = status,
                Error = error,
                Ended = status.IsOver() ? runs.Max(run => run.Ended) : null,
            },
            runs);
    }

    // A status of running or completed in the run folder is newer than the one in the experiment record.
    private static RunState Restore(RunState run, RestingRun? resting, RebuildAs mode) => run.Status switch
    {
        RunStatus.Running when mode == RebuildAs.Live || run.Elsewhere is not null => run,
        RunStatus.Running => run with { Status = RunStatus.Interrupted },
        RunStatus.Completed => run,
        _ when resting is not null => run with { Status = resting.Status, Error = resting.Error },
        RunStatus.Queued or RunStatus.Interrupted => run with
        {
            Status = mode == RebuildAs.Live ? RunStatus.Queued : RunStatus.Interrupted,
            Offered = mode == RebuildAs.Live ? DateTimeOffset.UtcNow : null,
            Ended = mode == RebuildAs.Live ? null : run.Ended,
        },
        _ => run,
    };

    // A damaged run must not prevent the other runs from being restored.
    private static RunState FromFolder(RunId id, RunSpec spec, RunFolder folder, ExperimentRecord experiment)
    {
        try
        {
            return Described(id, folder);
        }
        catch (UserErrorException error)
        {
            return new RunState
            {
                Id = id,
                Spec = spec,
                Status = RunStatus.Failed,
                Attempt = folder.ClaimedAttempt(),
                Queued = experiment.Created,
                Error = UserText.FirstLine(error),
            };
        }
    }

    // Looks for the process before it reads the record: the other way round, one that ends in between would seem to have been killed.
    private static RunState Described(RunId id, RunFolder folder)
    {
        var holder = RunHolder.Elsewhere(folder);
        var run = FromRecord(id, folder.Load(), folder);
        return run.Status == RunStatus.Running && holder is not null ? run with { Elsewhere = holder.ToString() } : run;
    }

    private static RunState FromRecord(RunId id, RunRecord record, RunFolder folder)
    {
        var last = record.Attempts.Count > 0 ? record.Attempts[^1] : null;
        var latest = new Dictionary<string, EvaluationResult>();
        var best = new Dictionary<string, BestResult>();
        foreach (var set in Curves.EvaluationSetsIn(Curves.Known))
        {
            if (folder.ReadCurve(set) is [.., [_, var count, var loss, var acc1, var acc5]] rows)
            {
                latest[set] = new EvaluationResult((int)count, loss, acc1, acc5);
                best[set] = BestResult.Of(before: null, rows)!;
            }
        }

        var train = folder.ReadLastRow(Curves.Train);
        var perEpoch = record.TotalSteps / Math.Max(1, record.Spec.Epochs);
        var step = record.Status == RunStatus.Completed ? record.TotalSteps
            : train is [var lastEpoch, var lastStep, ..] ? ((long)lastEpoch * perEpoch) + (long)lastStep + 1
            : 0;
        return new RunState
        {
            Id = id,
            Spec = record.Spec,
            Status = record.Status,
            Attempt = Math.Max(last?.Number ?? 0, folder.ClaimedAttempt()),
            Host = last?.Host,
            Queued = record.Created,
            Started = record.Attempts.Count > 0 ? record.Attempts[0].Started : null,
            Ended = record.Ended ?? last?.Ended,
            Epoch = perEpoch > 0 ? (double)step / perEpoch : 0,
            Step = step,
            TotalSteps = record.TotalSteps,
            Loss = train is [_, _, _, var trainLoss] ? trainLoss : null,
            Latest = latest,
            Best = best,
            Error = record.Error,
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Skipped {Path} while rebuilding the run store. {Reason}")]
    private static partial void Skipped(ILogger log, string path, string reason);
}
