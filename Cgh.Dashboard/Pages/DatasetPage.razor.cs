using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What a dataset's page shows from the store.</summary>
/// <param name="State">Its making; null if the store does not know of any.</param>
public sealed record DatasetModel(DatasetState? State);

/// <summary>A dataset: its progress while it is made, then what it holds.</summary>
public sealed partial class DatasetPage : LivePage<DatasetModel>
{
    [Parameter]
    public string Name { get; set; } = "";

    protected override string Key => $"dataset {Name}";

    // The contents are asked for again when this changes.
    private string Version => Model?.State is { } state ? $"{state.Ready} {state.Paused} {state.Error}" : "";

    protected override async Task<DatasetModel?> LoadAsync(CancellationToken cancellationToken) =>
        new(await Store.FindDatasetAsync(Name, cancellationToken));

    protected override bool IsAffectedBy(FeedChange change) => change.Dataset == Name;
}
