using Cgh.Core.Runs;
using Cgh.Dashboard.Charts;

namespace Cgh.Dashboard.Components;

/// <summary>Which accuracy a page shows, selected by its query string.</summary>
public sealed record AccuracyMetric(string Name, string Query, int Column)
{
    public static AccuracyMetric Top1 { get; } = new("top-1", "1", Column: 3);

    public static AccuracyMetric Top5 { get; } = new("top-5", "5", Column: 4);

    public static IReadOnlyList<AccuracyMetric> All { get; } = [Top1, Top5];

    public static AccuracyMetric Parse(string? query) => query == Top5.Query ? Top5 : Top1;

    /// <summary>The accuracy in percent.</summary>
    public double? Of(EvaluationResult? figures) => this == Top5 ? figures?.Acc5 : figures?.Acc1;

    /// <summary>Accuracy above loss, with the columns of <see cref="Curves.EvaluationHeader"/>.</summary>
    public IReadOnlyList<ChartPanel> Panels =>
    [
        new($"Accuracy, {Name} (%)", Column, IsPercent: true),
        new("Loss (cross-entropy)", Column: 2, IsPercent: false),
    ];
}
