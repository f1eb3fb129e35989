using System.Globalization;

namespace Cgh.Dashboard.Components;

/// <summary>Formats figures and times the same way on every page.</summary>
internal static class Format
{
    /// <summary>Shown where there is no figure yet.</summary>
    public const string None = "–";

    /// <summary>A percentage (0 to 100), such as "97.3%".</summary>
    public static string Percent(double? percent) =>
        percent is { } value ? value.ToString("0.0", CultureInfo.InvariantCulture) + "%" : None;

    /// <summary>A difference of percentages with its sign, such as "+12.3".</summary>
    public static string Points(double? difference) =>
        difference is { } value ? value.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : None;

    public static string Loss(double? loss) => loss is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : None;

    public static string Rate(double imagesPerSecond) =>
        imagesPerSecond > 0 ? Math.Round(imagesPerSecond).ToString("N0", CultureInfo.InvariantCulture) : None;

    /// <summary>A count with thousands separators.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A duration in its two largest units, such as "1 min 20 s".</summary>
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

    /// <summary>How long ago something happened, coarse enough not to change at every refresh.</summary>
    public static string RelativeTime(DateTimeOffset then, DateTimeOffset now) => (now - then) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalMinutes: < 60 } span => $"{(int)span.TotalMinutes} min ago",
        { TotalHours: < 24 } span => $"{(int)span.TotalHours} h ago",
        { TotalDays: < 14 } span => $"{(int)span.TotalDays} d ago",
        _ => then.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };
}
