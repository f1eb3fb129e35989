using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Layout;

/// <summary>Navigation link to the rejected messages, with a badge that counts them.</summary>
public sealed partial class RejectedMessagesLink : ComponentBase, IAsyncDisposable
{
    private const int Max = 100;

    private FeedSubscription? _subscription;
    private int _count;

    [Inject]
    public required RunFeed Feed { get; init; }

    [Inject]
    public required IRejectedMessageStore Store { get; init; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _subscription = Feed.Subscribe(change => change.RejectedMessages, cancellationToken => InvokeAsync(() => CountAsync(cancellationToken)));
            await CountAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_subscription is { } subscription)
        {
            await subscription.DisposeAsync();
        }
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            _count = (await Store.ListRejectedMessagesAsync(Max, cancellationToken)).Count;
            StateHasChanged();
        }
        catch (Exception error) when (StoreFailure.Is(error))
        {
            // The page already says so; the badge keeps its last count.
        }
    }
}
