using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Layout;

/// <summary>How far the store's rebuild from the run folders is; nothing if none is going on.</summary>
public sealed partial class RebuildNotice : ComponentBase, IDisposable
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private RebuildProgress? _progress;
    private bool _isDisposed;

    [Inject]
    public required IRunStore Store { get; init; }

    [Inject]
    public required RunFeed Feed { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override Task OnInitializedAsync() => ReadAsync();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        while (_progress is { } before && !_isDisposed)
        {
            await Task.Delay(s_pollInterval, Clock);
            await ReadAsync();
            if (_progress != before)
            {
                // Lists follow; a page about a single experiment polls.
                Feed.Publish(new FeedChange(Experiment: null));
                StateHasChanged();
            }
        }
    }

    public void Dispose() => _isDisposed = true;

    private async Task ReadAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(s_timeout);
            _progress = await Store.FindRebuildProgressAsync(timeout.Token);
        }
        catch (Exception error) when (StoreFailure.Is(error) || error is OperationCanceledException)
        {
            // The page says that the store is away.
        }
    }
}
