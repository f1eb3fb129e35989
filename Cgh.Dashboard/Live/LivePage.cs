using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Live;

/// <summary>A page that shows what the run store holds and follows it while it is open.</summary>
/// <typeparam name="TModel">All that the page shows, read at one go.</typeparam>
public abstract class LivePage<TModel> : ComponentBase, IAsyncDisposable
    where TModel : class
{
    // A store that is away must not hold up the first answer for as long as its client would wait.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    private FeedSubscription? _subscription;
    private string? _key;
    private bool _disposed;

    [Inject]
    public required RunFeed Feed { get; init; }

    [Inject]
    public required Snapshots Snapshots { get; init; }

    [Inject]
    public required IRunStore Store { get; init; }

    /// <summary>What the page shows; null before the first reading and when there is no such thing.</summary>
    protected TModel? Model { get; private set; }

    /// <summary>The store was read, and what the address names is not there.</summary>
    protected bool IsUnknown { get; private set; }

    /// <summary>The store did not answer last time; what is shown is older.</summary>
    protected bool IsStoreDown { get; private set; }

    /// <summary>Names what is shown; when the address changes to another, the page starts anew.</summary>
    protected abstract string Key { get; }

    /// <summary>Reads what the page shows; null when the store does not know what the address names.</summary>
    protected abstract Task<TModel?> LoadAsync(CancellationToken stop);

    /// <summary>Whether a change may alter what the page shows.</summary>
    protected abstract bool Concerns(FeedChange change);

    protected override async Task OnParametersSetAsync()
    {
        if (_key == Key)
        {
            return;
        }

        _key = Key;
        IsUnknown = false;
        Model = Snapshots.Find<TModel>(Key);
        await RefreshAsync(CancellationToken.None);
        if (RendererInfo.IsInteractive && !_disposed)
        {
            _subscription ??= Feed.Subscribe(Concerns, stop => InvokeAsync(() => RefreshAndRenderAsync(stop)));
        }
    }

    /// <summary>Reads the store again now, after something the page itself did.</summary>
    protected Task ReloadAsync() => RefreshAndRenderAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _disposed = true;
        if (_subscription is { } subscription)
        {
            await subscription.DisposeAsync();
        }
    }

    private async Task RefreshAndRenderAsync(CancellationToken stop)
    {
        try
        {
            await RefreshAsync(stop);
            StateHasChanged();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await DispatchExceptionAsync(error);
        }
    }

    private async Task RefreshAsync(CancellationToken stop)
    {
        var key = Key;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_timeout);
        try
        {
            var model = await LoadAsync(limit.Token);
            if (key != Key)
            {
                return;
            }

            Model = model;
            IsUnknown = model is null;
            IsStoreDown = false;
            if (model is null)
            {
                Snapshots.Remove(key);
            }
            else
            {
                Snapshots.Save(key, model);
            }
        }
        catch (Exception error) when (StoreFailure.Is(error) || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            IsStoreDown = true;
        }
    }
}
