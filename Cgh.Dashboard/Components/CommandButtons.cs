using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Components;

/// <summary>Buttons that send commands to the services, one at a time, with an error line for a refused command.</summary>
public abstract class CommandButtons : ComponentBase
{
    private bool _isBusy;

    /// <summary>Called after each command, so that the page refreshes at once.</summary>
    [Parameter]
    public EventCallback OnCommand { get; set; }

    [Inject]
    public required ExperimentSubmitter Submitter { get; init; }

    /// <summary>Why the last command was refused; null if it was accepted.</summary>
    protected string? Error { get; private set; }

    /// <summary>True during a command, and until the page is connected: a click would be lost.</summary>
    protected bool IsDisabled => _isBusy || !RendererInfo.IsInteractive;

    protected async Task CommandAsync(Func<CancellationToken, Task> command)
    {
        // A second click can arrive before the disabled button is rendered.
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        Error = null;
        Error = await GuardedAction.RunAsync(command);
        await OnCommand.InvokeAsync();
        _isBusy = false;
    }
}
