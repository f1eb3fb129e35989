using System.Globalization;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Recipes;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What the home page shows.</summary>
/// <param name="Rows">The experiments of the page.</param>
/// <param name="Page">Number of the page, from 1.</param>
/// <param name="Pages">Number of pages.</param>
/// <param name="Found">Experiments that match the query.</param>
/// <param name="Total">Experiments in the store.</param>
/// <param name="Unread">Those that are yet to be read.</param>
/// <param name="QueryError">What is wrong with the query.</param>
/// <param name="IsEmpty">There are no experiments, and none is about to be restored.</param>
/// <param name="Recipes">What an empty laboratory can start with.</param>
public sealed record HomeModel(
    IReadOnlyList<HomeRow> Rows,
    int Page,
    int Pages,
    int Found,
    int Total,
    int Unread,
    string? QueryError,
    bool IsEmpty,
    IReadOnlyList<RecipeFile> Recipes);

/// <summary>An experiment in the list.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Dataset">Its dataset, and the noise of its labels.</param>
/// <param name="Rules">The rules of its runs.</param>
/// <param name="Progress">How many runs have completed, or how far the dataset is.</param>
/// <param name="Best">Its best accuracy on test.</param>
/// <param name="BestRun">The run that has it.</param>
public sealed record HomeRow(ExperimentState Experiment, string Dataset, string Rules, string Progress, BestResult? Best, string BestRun);

/// <summary>The home page: a line for each experiment, searched, sorted and paged by the server. The address holds all three.</summary>
public sealed partial class Home : LivePage<HomeModel>
{
    private const int PageSize = 50;

    /// <summary>What to search for; see <see cref="RunQuery"/>.</summary>
    [SupplyParameterFromQuery(Name = "q")]
    public string? Query { get; set; }

    /// <summary>What the list is sorted by, with a minus for the largest first.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? Sort { get; set; }

    /// <summary>Number of the page, from 1.</summary>
    [SupplyParameterFromQuery(Name = "page")]
    public int? Page { get; set; }

    [Inject]
    public required RunIndex Index { get; init; }

    [Inject]
    public required RecipeCatalog Catalog { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    protected override string Key => $"home {Page} {Sort} {Query}";

    protected override bool KeepsModel => true;

    private string Summary => Model switch
    {
        { Unread: > 0 } => $"Reading {Format.Count(Model.Total)} experiments: {Format.Count(Model.Unread)} are left.",
        { Found: 0 } => "No experiment matches.",
        { Found: var found, Total: var total } when found < total => $"{Format.Count(found)} of {Format.Count(total)} experiments.",
        _ => $"{Format.Count(Model!.Total)} experiment{(Model.Total == 1 ? "" : "s")}.",
    };

    protected override async Task<HomeModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var list = await Index.ReadAsync(cancellationToken);
        var query = RunQuery.Parse(Query);
        var found = Sorted(list.Experiments
            .Where(experiment => experiment.Runs.Any(query.Matches))
            .Select(experiment => (experiment.Experiment, Listed(experiment)))).ToList();
        var pages = Math.Max(1, (found.Count + PageSize - 1) / PageSize);
        var page = Math.Clamp(Page ?? 1, 1, pages);
        var rows = await Task.WhenAll(
            found.Skip((page - 1) * PageSize).Take(PageSize).Select(item => RowAsync(item.Experiment, item.Runs, cancellationToken)));
        var isEmpty = list.Total == 0 && await Store.FindRebuildProgressAsync(cancellationToken) is not { Total: > 0 };
        return new HomeModel(
            rows, page, pages, found.Count, list.Total, list.Total - list.Experiments.Count, query.Error, isEmpty, isEmpty ? Catalog.List() : []);
    }

    protected override bool IsAffectedBy(FeedChange change) => true;

    private IEnumerable<(ExperimentState Experiment, IReadOnlyList<IndexedRun> Runs)> Sorted(
        IEnumerable<(ExperimentState Experiment, IReadOnlyList<IndexedRun> Runs)> items)
    {
        var sorted = Sort?.TrimStart('-') switch
        {
            "name" => items.OrderBy(item => item.Experiment.Id, StringComparer.OrdinalIgnoreCase),
            "dataset" => items.OrderBy(item => DatasetOf(item.Runs), StringComparer.OrdinalIgnoreCase),
            "state" => items.OrderBy(item => item.Experiment.Status),
            "best" => items.OrderBy(item => Best(item.Runs)?.Best[Curves.Test].Acc1 ?? -1),
            "started" => items.OrderBy(item => item.Experiment.Created),
            // Newest first, as the index has them.
            _ => items,
        };
        return Sort is ['-', ..] ? sorted.Reverse() : sorted;
    }

    // A line is about all runs of its experiment, not only those that match.
    private static IReadOnlyList<IndexedRun> Listed(IndexedExperiment experiment) =>
        experiment.Runs.Any(run => run.IsListed) ? [.. experiment.Runs.Where(run => run.IsListed)] : experiment.Runs;

    private async Task<HomeRow> RowAsync(ExperimentState experiment, IReadOnlyList<IndexedRun> runs, CancellationToken cancellationToken)
    {
        var best = Best(runs);
        var dataset = experiment.Status == ExperimentStatus.Preparing
            ? await Store.FindDatasetAsync(experiment.Recipe.Dataset.Name, cancellationToken)
            : null;
        return new HomeRow(
            experiment,
            DatasetOf(runs),
            string.Join(", ", runs.Where(run => run.Run.Spec.Derive is null).Select(run => run.Run.Spec.Rule.ToString()).Distinct()),
            Progress(runs, dataset),
            best?.Best[Curves.Test],
            best?.Id.Name ?? "");
    }

    private static string Progress(IReadOnlyList<IndexedRun> runs, DatasetState? dataset) => dataset is { Ready: false, Total: > 0 }
        ? $"{dataset.Stage}, {Format.Count(dataset.Done)} of {Format.Count(dataset.Total)}"
        : $"{runs.Count(run => run.Run.Status == RunStatus.Completed)} of {runs.Count} runs";

    private static RunState? Best(IReadOnlyList<IndexedRun> runs) =>
        runs.Select(run => run.Run).Where(run => run.Best.ContainsKey(Curves.Test)).MaxBy(run => run.Best[Curves.Test].Acc1);

    private static string DatasetOf(IReadOnlyList<IndexedRun> runs)
    {
        var noise = runs.Select(run => run.Noise).OfType<double>().Distinct().Order()
            .Select(value => value.ToString("0.##%", CultureInfo.InvariantCulture)).ToArray();
        var dataset = runs[0].Experiment.Recipe.Dataset.Name;
        return noise.Length == 0 ? dataset : $"{dataset}, {string.Join(" and ", noise)}";
    }

    private string PageAddress(int page) => Navigation.GetUriWithQueryParameter("page", page > 1 ? page : (int?)null);

    private void Search(string? query) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["q"] = query, ["page"] = null }), replace: true);
}
