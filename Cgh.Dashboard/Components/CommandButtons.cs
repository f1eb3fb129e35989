using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Parts;

/// <summary>Buttons that send a command to the services: one at a time, and beside them one line with the reason if it was refused.</summary>
public abstract class CommandButtons : ComponentBase
{
    private bool _isBusy;

    /// <summary>Called after a command, so that the page refreshes at once.</summary>
    [Parameter]
    public EventCallback Asked { get; set; }

    [Inject]
    public required ExperimentSubmitter Submitter { get; init; }

    /// <summary>Why the last command was refused; null if it was not.</summary>
    protected string? Error { get; private set; }

    /// <summary>A command is under way, or the page is not connected yet: a click would go nowhere.</summary>
    protected bool IsDisabled => _isBusy || !RendererInfo.IsInteractive;

    protected async Task CommandAsync(Func<CancellationToken, Task> command)
    {
        // Two clicks may come before the buttons are seen to be disabled.
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        Error = null;
        Error = await GuardedAction.RunAsync(command);
        await Asked.InvokeAsync();
        _isBusy = false;
    }
}
