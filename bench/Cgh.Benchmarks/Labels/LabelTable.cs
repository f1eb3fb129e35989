using System.Globalization;
using Cgh.Core.Files;

namespace Cgh.Benchmarks.Labels;

/// <summary>Prints the results of finished trials as Markdown: the mean over the seeds.</summary>
internal static class LabelTable
{
    /// <summary>Prints the tables.</summary>
    public static void Print(IReadOnlyList<LabelSetting> settings, string root)
    {
        var groups = settings
            .Select(setting => (Setting: setting, Path: Path.Combine(root, "experiments", setting.Name, "result.json")))
            .Where(trial => File.Exists(trial.Path))
            .GroupBy(trial => trial.Setting with { Seed = 0 }, trial => CghJson.Load<LabelTrialResult>(trial.Path))
            .OrderBy(group => group.Key.Images, StringComparer.Ordinal).ThenBy(group => group.Key.Kind).ThenBy(group => group.Key.Share)
            .Select(group => (Name: group.Key.Name[..^2], Results: group.ToList()))
            .ToList();
        if (groups.Count == 0)
        {
            Console.WriteLine("Nothing has been measured yet.");
            return;
        }

        foreach (var (title, figure) in new (string, Func<MethodResult, double>)[]
        {
            ("Average precision", method => method.Ranking.AveragePrecision),
            ("Precision at 100", method => method.Ranking.PrecisionAt100),
            ("Precision = recall at the true number", method => method.Ranking.PrecisionAtTrue),
            ("Processor seconds of training", method => method.Seconds),
        })
        {
            Console.WriteLine($"\n{title}\n\n| method | {string.Join(" | ", groups.Select(group => $"{group.Name} (n = {group.Results.Count})"))} | mean |");
            Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", groups.Count + 1))}");
            foreach (var name in groups[0].Results[0].Methods.Select(method => method.Name))
            {
                double[][] figures = [.. groups.Select(group => Figures(group.Results, name, figure))];
                Console.WriteLine($"| {name} | {string.Join(" | ", figures.Select(Mean))} | {MeanOfAll(figures)} |");
            }
        }

        Console.WriteLine("\nAutomatic cut: precision, recall; estimated and true share of wrong labels, in percent\n");
        foreach (var name in groups[0].Results[0].Cuts.Keys)
        {
            var measured = groups.Where(group => group.Results.Any(result => result.Cuts.ContainsKey(name)));
            Console.WriteLine($"- {name}: {string.Join("; ", measured.Select(group => Cut(group.Name, name, group.Results)))}");
        }
    }

    private static string Cut(string setting, string method, List<LabelTrialResult> results)
    {
        var cuts = results.Where(result => result.Cuts.ContainsKey(method)).Select(result => result.Cuts[method]).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{setting} {cuts.Average(cut => cut.Precision):F2}, {cuts.Average(cut => cut.Recall):F2}, "
            + $"{100 * cuts.Average(cut => cut.Cut.NoiseRate?.Value ?? double.NaN):F1} "
            + $"({100 * results.Average(result => (double)result.Wrong / result.Examples):F1})");
    }

    // One per seed; not every method was measured with each.
    private static double[] Figures(List<LabelTrialResult> results, string name, Func<MethodResult, double> figure) =>
        [.. results.SelectMany(result => result.Methods).Where(method => method.Name == name).Select(figure)];

    private static string Mean(double[] figures) => figures.Length == 0 ? "" : Number(figures.Average());

    // Comparable only among methods that were measured everywhere.
    private static string MeanOfAll(double[][] figures) => figures.Any(of => of.Length == 0) ? "" : Number(figures.Average(of => of.Average()));

    private static string Number(double value) => value.ToString(value >= 10 ? "F0" : "F3", CultureInfo.InvariantCulture);
}
