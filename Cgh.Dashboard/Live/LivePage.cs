using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Live;

/// <summary>A page that shows data from the run store and refreshes while it is open.</summary>
/// <typeparam name="TModel">Everything the page shows, loaded together.</typeparam>
public abstract class LivePage<TModel> : ComponentBase, IAsyncDisposable
    where TModel : class
{
    // Shorter than the store client's own timeout, which would delay the first response.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    private FeedSubscription? _subscription;
    private string? _key;
    private bool _disposed;

    [Inject]
    public required RunFeed Feed { get; init; }

    [Inject]
    public required PageModelCache Cache { get; init; }

    [Inject]
    public required IRunStore Store { get; init; }

    /// <summary>What the page shows; null before the first load and if it does not exist.</summary>
    protected TModel? Model { get; private set; }

    /// <summary>What the URL names does not exist in the store.</summary>
    protected bool IsMissing { get; private set; }

    /// <summary>Why the store did not answer the last load, in a line; the page may be out of date. Null if it did.</summary>
    protected string? StoreFault { get; private set; }

    /// <summary>Identifies what the page shows; when it changes, the page loads again.</summary>
    protected abstract string Key { get; }

    /// <summary>Whether what the page showed before stays until another <see cref="Key"/> is loaded: a list that is being filtered.</summary>
    protected virtual bool KeepsModel => false;

    /// <summary>Loads what the page shows; null if it does not exist.</summary>
    protected abstract Task<TModel?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Whether a change can affect what the page shows.</summary>
    protected abstract bool IsAffectedBy(FeedChange change);

    protected override async Task OnParametersSetAsync()
    {
        if (_key == Key)
        {
            return;
        }

        _key = Key;
        IsMissing = false;
        Model = Cache.Find<TModel>(Key) ?? (KeepsModel ? Model : null);
        await RefreshAsync(CancellationToken.None);
        if (RendererInfo.IsInteractive && !_disposed)
        {
            _subscription ??= Feed.Subscribe(IsAffectedBy, cancellationToken => InvokeAsync(() => RefreshAndRenderAsync(cancellationToken)));
        }
    }

    /// <summary>Refreshes immediately, after a command from the page itself.</summary>
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

    private async Task RefreshAndRenderAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken);
            StateHasChanged();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await DispatchExceptionAsync(error);
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var key = Key;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_timeout);
        try
        {
            var model = await LoadAsync(timeout.Token);
            if (key != Key)
            {
                return;
            }

            Model = model;
            IsMissing = model is null;
            StoreFault = null;
            if (model is null)
            {
                Cache.Remove(key);
            }
            else
            {
                Cache.Save(key, model);
            }
        }
        catch (Exception error) when (StoreFailure.Is(error) || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            StoreFault = RunStoreFault.Describe(error);
        }
    }
}
