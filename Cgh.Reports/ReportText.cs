using System.Globalization;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>Formats numbers and names for the report.</summary>
internal static class ReportText
{
    public const string Nothing = "–";

    public static string Percent(double? value) => value is { } number ? number.ToString("0.0", CultureInfo.InvariantCulture) + "%" : Nothing;

    public static string MeanAndDeviation(double? mean, double? deviation) => deviation is { } spread
        ? $"{Percent(mean)} ± {spread.ToString("0.0", CultureInfo.InvariantCulture)}"
        : Percent(mean);

    /// <summary>Formats the absolute difference of two percentages.</summary>
    public static string Points(double difference) => Math.Abs(difference).ToString("0.0", CultureInfo.InvariantCulture) + " points";

    public static string SignedPoints(double? difference) =>
        difference is { } number ? number.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : Nothing;

    public static string Seeds(int count) => count == 1 ? "1 seed" : $"{Count(count)} seeds";

    public static string Loss(double? value) => value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture) : Nothing;

    public static string Coherence(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    public static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double? value) => value is { } number ? number.ToString("N0", CultureInfo.InvariantCulture) : Nothing;

    public static string Duration(double seconds) => seconds switch
    {
        <= 0 => Nothing,
        < 120 => seconds.ToString("0 's'", CultureInfo.InvariantCulture),
        < 7200 => (seconds / 60).ToString("0.0 'min'", CultureInfo.InvariantCulture),
        _ => (seconds / 3600).ToString("0.0 'h'", CultureInfo.InvariantCulture),
    };

    public static string Status(RunStatus status) => status.ToString().ToLowerInvariant();

    public static string Title(string set) => set.Replace('_', ' ');

    /// <summary>Joins parts into "a", "a and b" or "a, b and c".</summary>
    public static string Join(IReadOnlyList<string> parts) =>
        parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    public static string Code(string name) => $"`{name}`";
}
