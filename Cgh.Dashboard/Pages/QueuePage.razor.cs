using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Components;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>A run and the priority of its experiment.</summary>
/// <param name="Run">The run.</param>
/// <param name="Priority">The priority of its experiment.</param>
/// <param name="WaitsFor">The run of the experiment that it waits for; null if there is none.</param>
public sealed record QueueItem(RunState Run, int Priority, RunState? WaitsFor = null);

/// <summary>The runs of all active experiments.</summary>
/// <param name="Running">Running, sorted by machine.</param>
/// <param name="Queued">Queued, the next run first.</param>
/// <param name="Stopped">Waiting for a user: paused, parked, interrupted or failed.</param>
public sealed record QueueModel(IReadOnlyList<QueueItem> Running, IReadOnlyList<QueueItem> Queued, IReadOnlyList<QueueItem> Stopped);

/// <summary>Running runs by machine, and queued runs in order.</summary>
public sealed partial class QueuePage : LivePage<QueueModel>
{
    [Inject]
    public required QueueOrder Order { get; init; }

    protected override string Key => "queue";

    protected override async Task<QueueModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var experiments = (await Store.ListExperimentsAsync(cancellationToken: cancellationToken)).Where(experiment => !experiment.Status.IsOver()).ToArray();
        var runs = await Task.WhenAll(experiments.Select(experiment => Store.ListRunsAsync(experiment.Id, cancellationToken)));
        var items = experiments.Zip(runs).SelectMany(pair => pair.Second.Select(run =>
            new QueueItem(run, pair.First.Recipe.Priority, StageInputs.WaitsFor(run, pair.First.Recipe, pair.Second)))).ToArray();
        return new QueueModel(
            [
                .. items
                    .Where(item => item.Run.Status == RunStatus.Running)
                    .OrderBy(item => item.Run.Host, StringComparer.Ordinal)
                    .ThenBy(item => item.Run.Started),
            ],
            [.. Order.Sort(items.Where(item => item.Run.Status == RunStatus.Queued), item => item.Run, item => item.Priority)],
            [.. items.Where(item => item.Run.Status.CanResume() && item.Run.Status != RunStatus.Cancelled)]);
    }

    protected override bool IsAffectedBy(FeedChange change) => change.Experiment is not null;

    private static string Count(int count, string thing) => $"{Format.Count(count)} {thing}{(count == 1 ? "" : "s")}";
}
