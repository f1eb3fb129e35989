using System.Globalization;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Compare;

/// <summary>The horizontal axis of the curves.</summary>
public enum CompareAxis
{
    Epoch,
    Step,
    Time,
}

/// <summary>A part of an axis, in the axis's unit.</summary>
public sealed record Interval(double From, double To)
{
    public static Interval? Parse(string? text) => text?.Split(',') is [var from, var to]
        && double.TryParse(from, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
        && double.TryParse(to, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
        && double.IsFinite(a) && double.IsFinite(b) && a < b ? new Interval(a, b) : null;

    // Six digits: finer than a pixel.
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From:G6},{To:G6}");
}

/// <summary>What a comparison shows besides its runs; all of it is in the address.</summary>
public sealed record CompareQuery
{
    public const double MaxSmoothing = 0.99;

    /// <summary>Every name that <c>show</c> can have.</summary>
    public static IReadOnlyList<string> Parts { get; } = [Accuracy, Loss, TrainingLoss, Plane];

    public const string Accuracy = "acc";
    public const string Loss = "loss";
    public const string TrainingLoss = "train";
    public const string Plane = "plane";

    public CompareAxis Axis { get; init; }

    public AccuracyMetric Metric { get; init; } = AccuracyMetric.Top1;

    /// <summary>Which of <see cref="Parts"/> are shown.</summary>
    public IReadOnlySet<string> Show { get; init; } = new HashSet<string> { Accuracy, Plane };

    /// <summary>Keys of the spec; runs with the same values are one line. Empty: a line for each run.</summary>
    public IReadOnlyList<string> Group { get; init; } = [];

    /// <summary>Weight of the previous value in the exponential moving average, 0 to <see cref="MaxSmoothing"/>.</summary>
    public double Smoothing { get; init; }

    public bool LogX { get; init; }

    /// <summary>Losses on a logarithmic scale; accuracies keep the scale from 0 to 100.</summary>
    public bool LogLoss { get; init; }

    /// <summary>Epoch of the table's values; null for the last.</summary>
    public int? At { get; init; }

    /// <summary>The shown part of axes, by the name of the axis: <c>x</c>, <c>acc</c>, <c>loss</c>, or an evaluation set in a plane.</summary>
    public IReadOnlyDictionary<string, Interval> Zoom { get; init; } = new Dictionary<string, Interval>();

    /// <summary>Reads the values of an address; what is not valid has its default.</summary>
    public static CompareQuery Parse(Func<string, string?> value) => new()
    {
        Axis = value("x") switch { "step" => CompareAxis.Step, "time" => CompareAxis.Time, _ => CompareAxis.Epoch },
        Metric = AccuracyMetric.Parse(value("top")),
        Show = QueryList.Parse(value("show")).Intersect(Parts).ToHashSet() is { Count: > 0 } shown ? shown : new CompareQuery().Show,
        Group = [.. (value("group") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(KeyOf).Distinct()],
        Smoothing = double.TryParse(value("smooth"), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight > 0
            ? Math.Min(weight, MaxSmoothing) : 0,
        LogX = QueryList.Parse(value("log")).Contains("x"),
        LogLoss = QueryList.Parse(value("log")).Contains("loss"),
        At = int.TryParse(value("at"), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : null,
        Zoom = ParseZoom(value("zoom")),
    };

    /// <summary>The value of <c>zoom</c> in an address, such as <c>x:2,6;acc:20,80</c>; null if nothing is zoomed.</summary>
    public static string? ZoomText(IEnumerable<KeyValuePair<string, Interval>> zoom) =>
        string.Join(';', zoom.OrderBy(axis => axis.Key, StringComparer.Ordinal).Select(axis => $"{axis.Key}:{axis.Value}")) is { Length: > 0 } text
            ? text
            : null;

    private static Dictionary<string, Interval> ParseZoom(string? text)
    {
        var zoom = new Dictionary<string, Interval>();
        foreach (var part in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split(':') is [var axis, var range] && Interval.Parse(range) is { } interval)
            {
                zoom[axis] = interval;
            }
        }

        return zoom;
    }

    // In the words of the field: the noise of a run is its label set.
    private static string KeyOf(string word) => word == "noise" ? "labels" : word;
}
