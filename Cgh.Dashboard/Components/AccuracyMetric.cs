using Cgh.Core.Runs;
using Cgh.Dashboard.Charts;

namespace Cgh.Dashboard.Parts;

/// <summary>Which accuracy a page shows, as its address says.</summary>
public sealed record Measure(string Name, string Query, int Column)
{
    public static Measure Top1 { get; } = new("top-1", "1", Column: 3);

    public static Measure Top5 { get; } = new("top-5", "5", Column: 4);

    public static IReadOnlyList<Measure> All { get; } = [Top1, Top5];

    public static Measure Parse(string? query) => query == Top5.Query ? Top5 : Top1;

    /// <summary>The accuracy in percent.</summary>
    public double? Of(EvaluationResult? figures) => this == Top5 ? figures?.Acc5 : figures?.Acc1;

    /// <summary>Accuracy above loss, columns of <see cref="Curves.EvaluationHeader"/>.</summary>
    public IReadOnlyList<ChartPanel> Panels =>
    [
        new($"Accuracy, {Name} (%)", Column, IsPercent: true),
        new("Loss (cross-entropy)", Column: 2, IsPercent: false),
    ];
}
