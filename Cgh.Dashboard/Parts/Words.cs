using System.Globalization;
using Cgh.Core.Runs;

namespace Cgh.Dashboard.Parts;

/// <summary>How figures and states are worded on every page.</summary>
internal static class Words
{
    /// <summary>What stands where there is no figure yet.</summary>
    public const string None = "–";

    public static string Rule(UpdateRule rule) => rule.ToString().ToUpperInvariant();

    public static string Status(RunStatus status) => status.ToString();

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

    /// <summary>A run that has ended cannot be cancelled any more; an interrupted one can.</summary>
    public static bool IsOver(RunStatus status) => status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;
}
