using Cgh.Core.Experiments;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Recipes;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>All that the first page shows.</summary>
public sealed record HomeModel(IReadOnlyList<HomeExperiment> Experiments, bool HasMore, IReadOnlyList<ShelvedRecipe> Recipes);

/// <summary>An experiment in the list, with the dataset that it waits for.</summary>
public sealed record HomeExperiment(ExperimentState Experiment, IReadOnlyList<RunState> Runs, DatasetState? Dataset);

/// <summary>The first page: what runs and ran, and what can be started.</summary>
public sealed partial class Home : LivePage<HomeModel>
{
    private const int PageSize = 10;
    private const int MostShown = 200;

    /// <summary>How many experiments are listed.</summary>
    [SupplyParameterFromQuery(Name = "show")]
    public int? Show { get; set; }

    [Inject]
    public required RecipeShelf Shelf { get; init; }

    protected override string Key => $"home {Count}";

    private int Count => Math.Clamp(Show ?? PageSize, PageSize, MostShown);

    protected override async Task<HomeModel?> LoadAsync(CancellationToken stop)
    {
        var experiments = await Store.ListExperimentsAsync(Count + 1, stop);
        var items = await Task.WhenAll(experiments.Take(Count).Select(experiment => LoadAsync(experiment, stop)));
        return new HomeModel(items, experiments.Count > Count && Count < MostShown, Shelf.List());
    }

    protected override bool Concerns(FeedChange change) => true;

    private async Task<HomeExperiment> LoadAsync(ExperimentState experiment, CancellationToken stop) => new(
        experiment,
        await Store.ListRunsAsync(experiment.Id, stop),
        experiment.Status == ExperimentStatus.Preparing ? await Store.FindDatasetAsync(experiment.Recipe.Dataset.Name, stop) : null);
}
