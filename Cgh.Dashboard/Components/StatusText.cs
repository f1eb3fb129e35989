using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;

namespace Cgh.Dashboard.Parts;

/// <summary>How figures and states are worded on every page.</summary>
internal static class Words
{
    /// <summary>What stands where there is no figure yet.</summary>
    public const string None = "–";

    public static string Rule(RuleChoice rule) => rule.ToString().ToUpperInvariant();

    /// <summary>A percentage as the curves hold it, such as "97.3 %".</summary>
    public static string Percent(double? percent) =>
        percent is { } value ? value.ToString("0.0", CultureInfo.InvariantCulture) + " %" : None;

    public static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : None;

    public static string Rate(double imagesPerSecond) =>
        imagesPerSecond > 0 ? Math.Round(imagesPerSecond).ToString("N0", CultureInfo.InvariantCulture) : None;

    /// <summary>A count with thousands apart.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A duration with its two largest units, such as "1 min 20 s".</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } value || !double.IsFinite(value) || value < 0)
        {
            return None;
        }

        var span = TimeSpan.FromSeconds(Math.Min(value, TimeSpan.FromDays(9999).TotalSeconds));
        return span switch
        {
            { TotalDays: >= 1 } => $"{(int)span.TotalDays} d {span.Hours} h",
            { TotalHours: >= 1 } => $"{span.Hours} h {span.Minutes} min",
            { TotalMinutes: >= 1 } => $"{span.Minutes} min {span.Seconds} s",
            _ => $"{span.Seconds} s",
        };
    }

    /// <summary>How long ago something was, coarse enough not to change at every look.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now) => (now - then) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalMinutes: < 60 } span => $"{(int)span.TotalMinutes} min ago",
        { TotalHours: < 24 } span => $"{(int)span.TotalHours} h ago",
        { TotalDays: < 14 } span => $"{(int)span.TotalDays} d ago",
        _ => then.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public static string CurveTitle(string curve) => curve switch
    {
        Curves.Pristine => "Pristine labels",
        Curves.Corrupt => "Corrupt labels",
        Curves.TrainSample => "Training sample",
        Curves.Test => "Test",
        _ => "Training loss",
    };

    /// <summary>What a set's figures say about memorization.</summary>
    public static string CurveExplanation(string curve) => curve switch
    {
        Curves.Pristine => "Training examples with their true label. High: learned.",
        Curves.Corrupt => "Training examples with a wrong, random label. High: memorized.",
        Curves.TrainSample => "Training examples of both kinds, as they come.",
        Curves.Test => "Examples never trained on. High: generalized.",
        _ => "Mean over each logged mini-batch.",
    };

    /// <summary>What a status means for what happens next.</summary>
    public static string StatusExplanation(RunStatus status) => status switch
    {
        RunStatus.Queued => "Waits for its dataset or for a trainer.",
        RunStatus.Running => "A trainer is at it.",
        RunStatus.Interrupted => "Stopped on its way; it can be resumed from its last checkpoint.",
        RunStatus.Completed => "Trained to its end.",
        RunStatus.Failed => "Stopped for a reason that trying again would meet again, unless that is mended.",
        RunStatus.Cancelled => "Somebody stopped it.",
        RunStatus.Paused => "Somebody put it aside; it waits at its last checkpoint to be resumed.",
        _ => "Its attempts failed several times in a row without getting further. It waits for somebody to look at it.",
    };

    /// <summary>What the button is called that queues a run again.</summary>
    public static string ResumeButton(RunStatus status) => status is RunStatus.Parked or RunStatus.Failed ? "Requeue" : "Resume";

    /// <summary>What that button does.</summary>
    public static string ResumeExplanation(RunState run) => run.Status is RunStatus.Parked or RunStatus.Failed
        ? $"Queues it again, its failures forgotten. It goes on from its last checkpoint, or begins anew where it has none."
        : run.Attempt == 0 ? "Queues it again." : "Queues it again; it goes on from its last checkpoint.";

    /// <summary>Why a run is not what it should be, in one line; null when there is nothing to say.</summary>
    public static string? Error(RunState run) => run switch
    {
        { Error: null } => null,
        { Status: RunStatus.Parked } => $"Parked after {Failures(run)} in a row: {run.Error}",
        { Status: RunStatus.Queued or RunStatus.Running } => $"It is tried again after {Failures(run)}. The last one: {run.Error}",
        _ => run.Error,
    };

    /// <summary>Which machine a run is on and at which attempt; null before the first.</summary>
    public static string? Where(RunState run) => run switch
    {
        { Attempt: 0 } => null,
        { Status: RunStatus.Running } => $"{run.Host}, attempt {run.Attempt}",
        { Attempt: > 1 } => $"{run.Attempt} attempts",
        _ => null,
    };

    // A store that was rebuilt from the run folders does not know how many.
    private static string Failures(RunState run) => run.Failures switch
    {
        0 => "failed attempts",
        1 => "a failed attempt",
        _ => $"{run.Failures} failed attempts",
    };
}
