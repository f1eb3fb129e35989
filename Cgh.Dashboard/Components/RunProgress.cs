using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Components;

/// <summary>The progress of a run, for bars and tables.</summary>
internal static class RunProgress
{
    /// <summary>0 to 1.</summary>
    public static double Fraction(RunState run) => run.Status == RunStatus.Completed ? 1 : run.Epoch / run.Spec.Epochs;

    /// <summary>Bootstrap class that colours the bar.</summary>
    public static string Style(RunState run) => run.Status switch
    {
        RunStatus.Completed => "bg-success",
        RunStatus.Failed or RunStatus.Parked => "bg-danger",
        RunStatus.Cancelled or RunStatus.Interrupted or RunStatus.Paused => "bg-warning",
        _ => "",
    };

    /// <param name="run">The run.</param>
    /// <param name="waitsFor">The run whose result it waits for; null if there is none.</param>
    public static string Text(RunState run, RunState? waitsFor = null) => run.Status switch
    {
        RunStatus.Queued => run.Epoch > 0 ? $"{Epochs(run)}. {WaitReason(run, waitsFor)}" : WaitReason(run, waitsFor),
        RunStatus.Running when Seconds(run) is { } left => $"{Epochs(run)}, {Format.Duration(left)} left",
        RunStatus.Completed when Seconds(run) is { } taken && run.Spec.Derive is not null => $"{Format.Duration(taken)} elapsed",
        RunStatus.Completed when Seconds(run) is { } taken => $"{run.Spec.Epochs} epochs, {Format.Duration(taken)} elapsed",
        _ => Epochs(run),
    };

    /// <summary>Seconds left for a running run, or from first start to end for a completed one; null for others.</summary>
    public static double? Seconds(RunState run) => run.Status switch
    {
        RunStatus.Running => run.SecondsLeft,
        RunStatus.Completed => (run.Ended - run.Started)?.TotalSeconds,
        _ => null,
    };

    /// <summary>What a queued run is waiting for.</summary>
    public static string WaitReason(RunState run, RunState? waitsFor = null) => waitsFor switch
    {
        { Status: RunStatus.Queued or RunStatus.Running } => $"Waits for {waitsFor.Id.Name}",
        { } stopped => $"Waits for {stopped.Id.Name}, which is {stopped.Status.ToString().ToLowerInvariant()}",
        null => run.Offered is null ? "Waiting for its dataset" : "Waiting for a trainer",
    };

    public static string Epochs(RunState run) => run.Spec.Derive is null
        ? $"Epoch {Math.Min(run.Spec.Epochs, (int)run.Epoch)} of {run.Spec.Epochs}"
        : $"{Format.Percent(100 * Fraction(run))} done";
}
