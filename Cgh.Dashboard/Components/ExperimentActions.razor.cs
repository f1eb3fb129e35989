using Cgh.Core.Store;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Components;

/// <summary>Commands for all runs of an experiment.</summary>
public sealed partial class ExperimentActions : CommandButtons
{
    /// <summary>The id of the experiment.</summary>
    [Parameter, EditorRequired]
    public required string Experiment { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<RunState> Runs { get; set; }

    private static string Count(int runs) => runs == 1 ? "1 run" : $"{runs} runs";

    private Task PauseAsync() => CommandAsync(cancellationToken => Submitter.PauseExperimentAsync(Experiment, cancellationToken));

    private Task ResumeAsync() => CommandAsync(cancellationToken => Submitter.ResumeExperimentAsync(Experiment, cancellationToken));

    private Task CancelAsync() => CommandAsync(cancellationToken => Submitter.CancelExperimentAsync(Experiment, cancellationToken));
}
