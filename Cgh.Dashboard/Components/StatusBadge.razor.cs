using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Components;

/// <summary>The status of a run or an experiment as a coloured badge.</summary>
public sealed partial class StatusBadge : ComponentBase
{
    private bool _isBusy;

    /// <summary>A <see cref="RunStatus"/> or <see cref="ExperimentStatus"/>.</summary>
    [Parameter, EditorRequired]
    public required Enum Status { get; set; }

    /// <summary>The tooltip; null for that of the status.</summary>
    [Parameter]
    public string? Explanation { get; set; }

    private string Text => Status.ToString();

    private string Style { get; set; } = "";

    private string? Usual => Status is RunStatus status ? StatusText.Explanation(status) : null;

    protected override void OnParametersSet()
    {
        _isBusy = Status is RunStatus.Running or ExperimentStatus.Running or ExperimentStatus.Preparing;
        Style = Status switch
        {
            RunStatus.Running or ExperimentStatus.Running or ExperimentStatus.Preparing => "text-bg-primary",
            RunStatus.Completed or ExperimentStatus.Completed => "text-bg-success",
            RunStatus.Failed or RunStatus.Parked or ExperimentStatus.Failed => "text-bg-danger",
            RunStatus.Cancelled or RunStatus.Interrupted or RunStatus.Paused or ExperimentStatus.Interrupted => "text-bg-warning",
            _ => "bg-secondary-subtle text-secondary-emphasis",
        };
    }
}
