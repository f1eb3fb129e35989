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
        RunStatus.Failed or RunStatus.Parked => "bg-danger",
        RunStatus.Cancelled or RunStatus.Interrupted or RunStatus.Paused => "bg-warning",
        _ => "",
    };

    public static string Text(RunState run) => run.Status switch
    {
        RunStatus.Queued => run.Epoch > 0 ? $"{Epochs(run)}. {Waits(run)}" : Waits(run),
        RunStatus.Running when Seconds(run) is { } left => $"{Epochs(run)}, {Words.Duration(left)} left",
        RunStatus.Completed when Seconds(run) is { } taken => $"{run.Spec.Epochs} epochs in {Words.Duration(taken)}",
        _ => Epochs(run),
    };

    /// <summary>Seconds that a running run still needs, or that a completed one took from its first start to its end; null for others.</summary>
    public static double? Seconds(RunState run) => run.Status switch
    {
        RunStatus.Running => run.SecondsLeft,
        RunStatus.Completed => (run.Ended - run.Started)?.TotalSeconds,
        _ => null,
    };

    /// <summary>What a queued run waits for.</summary>
    public static string Waits(RunState run) => run.Offered is null ? "Waits for its dataset" : "Waits for a trainer";

    public static string Epochs(RunState run) => $"Epoch {Math.Min(run.Spec.Epochs, (int)run.Epoch)} of {run.Spec.Epochs}";
}
