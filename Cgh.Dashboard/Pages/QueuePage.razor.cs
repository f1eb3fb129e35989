using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Parts;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>A run with the priority that it has from its experiment.</summary>
public sealed record QueueItem(RunState Run, int Priority);

/// <summary>The runs of all experiments that are not over.</summary>
/// <param name="Running">By machine.</param>
/// <param name="Waiting">The next to be taken first.</param>
/// <param name="Aside">Those that wait for somebody: paused, parked, interrupted or failed.</param>
public sealed record QueueModel(IReadOnlyList<QueueItem> Running, IReadOnlyList<QueueItem> Waiting, IReadOnlyList<QueueItem> Aside);

/// <summary>What runs where, and what waits in which order.</summary>
public sealed partial class QueuePage : LivePage<QueueModel>
{
    [Inject]
    public required QueueOrder Order { get; init; }

    protected override string Key => "queue";

    protected override async Task<QueueModel?> LoadAsync(CancellationToken stop)
    {
        var experiments = (await Store.ListExperimentsAsync(cancellationToken: stop)).Where(experiment => !experiment.Status.IsOver()).ToArray();
        var runs = await Task.WhenAll(experiments.Select(experiment => Store.ListRunsAsync(experiment.Id, stop)));
        var items = experiments.Zip(runs).SelectMany(both => both.Second.Select(run => new QueueItem(run, both.First.Recipe.Priority))).ToArray();
        return new QueueModel(
            [.. items.Where(item => item.Run.Status == RunStatus.Running).OrderBy(item => item.Run.Host, StringComparer.Ordinal).ThenBy(item => item.Run.Started)],
            [.. Order.Sort(items.Where(item => item.Run.Status == RunStatus.Queued), item => item.Run, item => item.Priority)],
            [.. items.Where(item => item.Run.Status.CanResume() && item.Run.Status != RunStatus.Cancelled)]);
    }

    protected override bool Concerns(FeedChange change) => change.Experiment is not null;

    private static string Count(int count, string thing) => $"{Words.Count(count)} {thing}{(count == 1 ? "" : "s")}";
}
