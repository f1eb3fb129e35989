using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Parts;

/// <summary>How far a run is, in figures and words.</summary>
internal static class RunProgress
{
    /// <summary>0 to 1.</summary>
    public static double Share(RunState run) => run.Status == RunStatus.Completed ? 1 : run.Epoch / run.Spec.Epochs;

    /// <summary>Bootstrap's class for the bar.</summary>
    public static string Style(RunState run) => run.Status switch
    {
        RunStatus.Completed => "bg-success",
        RunStatus.Failed => "bg-danger",
        RunStatus.Cancelled or RunStatus.Interrupted => "bg-warning",
        _ => "",
    };

    public static string Text(RunState run) => run.Status switch
    {
        RunStatus.Queued => run.Epoch > 0 ? $"{Epochs(run)}, waits for a trainer" : "Waits for a trainer",
        RunStatus.Running when run.SecondsLeft is { } left => $"{Epochs(run)}, {Words.Duration(left)} left",
        RunStatus.Completed when run is { Started: { } started, Ended: { } ended } => $"{run.Spec.Epochs} epochs in {Words.Duration((ended - started).TotalSeconds)}",
        _ => Epochs(run),
    };

    private static string Epochs(RunState run) => $"Epoch {Math.Min(run.Spec.Epochs, (int)run.Epoch)} of {run.Spec.Epochs}";
}
