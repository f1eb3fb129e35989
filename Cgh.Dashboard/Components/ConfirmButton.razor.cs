using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Cgh.Dashboard.Components;

/// <summary>A button that asks for confirmation.</summary>
public sealed partial class ConfirmButton : ComponentBase
{
    private ElementReference _button;
    private bool _isOpen;

    [Parameter, EditorRequired]
    public required string Text { get; set; }

    /// <summary>The accessible name: <see cref="Text"/> with what it applies to.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter, EditorRequired]
    public required string Question { get; set; }

    [Parameter, EditorRequired]
    public required string Confirm { get; set; }

    [Parameter, EditorRequired]
    public bool IsDisabled { get; set; }

    [Parameter, EditorRequired]
    public EventCallback OnConfirm { get; set; }

    private async Task ConfirmAsync()
    {
        _isOpen = false;
        await OnConfirm.InvokeAsync();
    }

    private async Task KeyAsync(KeyboardEventArgs pressed)
    {
        if (_isOpen && pressed.Key == "Escape")
        {
            await CloseAsync();
        }
    }

    // The focus would be lost with the button that has it.
    private async Task CloseAsync()
    {
        _isOpen = false;
        await _button.FocusAsync();
    }
}
