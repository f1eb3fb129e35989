using Cgh.Dashboard.Live;
using Cgh.RunStore;

namespace Cgh.Dashboard.Pages;

/// <summary>Messages that were refused, newest first.</summary>
public sealed record TroublesModel(IReadOnlyList<Trouble> Troubles);

/// <summary>Messages that nobody could read.</summary>
public sealed partial class TroublesPage : LivePage<TroublesModel>
{
    protected override string Key => "troubles";

    protected override async Task<TroublesModel?> LoadAsync(CancellationToken stop) => new(await Store.ListTroublesAsync(stop: stop));

    protected override bool Concerns(FeedChange change) => change.Troubles;

    private async Task DismissedAsync()
    {
        Feed.Publish(FeedChange.OfTroubles);
        await ReloadAsync();
    }
}
