using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Parts;

/// <summary>Buttons that order something of the services: one order at a time, and why it was not taken in one line beside them.</summary>
public abstract class OrderButtons : ComponentBase
{
    private bool _isBusy;

    /// <summary>Called after an order, so that the page looks again at once.</summary>
    [Parameter]
    public EventCallback Asked { get; set; }

    [Inject]
    public required ExperimentSubmitter Submitter { get; init; }

    /// <summary>Why the last order was not taken; null when it was.</summary>
    protected string? Error { get; private set; }

    /// <summary>An order is under way, or the page is not connected yet: a click would go nowhere.</summary>
    protected bool IsDisabled => _isBusy || !RendererInfo.IsInteractive;

    protected async Task OrderAsync(Func<CancellationToken, Task> order)
    {
        // Two clicks may come before the buttons are seen to be disabled.
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        Error = null;
        Error = await GuardedAction.RunAsync(order);
        await Asked.InvokeAsync();
        _isBusy = false;
    }
}
