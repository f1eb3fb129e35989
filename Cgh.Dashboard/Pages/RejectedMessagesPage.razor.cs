using Cgh.Dashboard.Live;
using Cgh.RunStore;

namespace Cgh.Dashboard.Pages;

/// <summary>Rejected messages, newest first.</summary>
public sealed record RejectedMessagesModel(IReadOnlyList<RejectedMessage> Messages);

/// <summary>Messages that no service could process.</summary>
public sealed partial class RejectedMessagesPage : LivePage<RejectedMessagesModel>
{
    protected override string Key => "rejected-messages";

    protected override async Task<RejectedMessagesModel?> LoadAsync(CancellationToken cancellationToken) =>
        new(await Store.ListRejectedMessagesAsync(cancellationToken: cancellationToken));

    protected override bool IsAffectedBy(FeedChange change) => change.RejectedMessages;

    private async Task DismissedAsync()
    {
        Feed.Publish(FeedChange.OfRejectedMessages);
        await ReloadAsync();
    }
}
