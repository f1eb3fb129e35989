using Cgh.Core.Experiments;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Recipes;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What the home page shows.</summary>
public sealed record HomeModel(IReadOnlyList<HomeExperiment> Experiments, bool HasMore, IReadOnlyList<RecipeFile> Recipes);

/// <summary>An experiment in the list, with the dataset it is waiting for.</summary>
public sealed record HomeExperiment(ExperimentState Experiment, IReadOnlyList<RunState> Runs, DatasetState? Dataset);

/// <summary>The home page: experiments, and recipes to start new ones.</summary>
public sealed partial class Home : LivePage<HomeModel>
{
    private const int PageSize = 10;
    private const int MaxShown = 200;

    /// <summary>Number of experiments to list.</summary>
    [SupplyParameterFromQuery(Name = "show")]
    public int? Show { get; set; }

    [Inject]
    public required RecipeCatalog Catalog { get; init; }

    protected override string Key => $"home {Count}";

    private int Count => Math.Clamp(Show ?? PageSize, PageSize, MaxShown);

    protected override async Task<HomeModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var experiments = await Store.ListExperimentsAsync(Count + 1, cancellationToken);
        var items = await Task.WhenAll(experiments.Take(Count).Select(experiment => LoadAsync(experiment, cancellationToken)));
        return new HomeModel(items, experiments.Count > Count && Count < MaxShown, Catalog.List());
    }

    protected override bool IsAffectedBy(FeedChange change) => true;

    private async Task<HomeExperiment> LoadAsync(ExperimentState experiment, CancellationToken cancellationToken) => new(
        experiment,
        await Store.ListRunsAsync(experiment.Id, cancellationToken),
        experiment.Status == ExperimentStatus.Preparing ? await Store.FindDatasetAsync(experiment.Recipe.Dataset.Name, cancellationToken) : null);
}
