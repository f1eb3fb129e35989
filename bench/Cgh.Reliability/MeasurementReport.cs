using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Cgh.Core.Files;
using Spectre.Console;

namespace Cgh.Reliability;

/// <summary>Results of a measurement, as a table and as a JSON file.</summary>
internal sealed class MeasurementReport(string measurement)
{
    private readonly List<KeyValuePair<string, string>> _rows = [];
    private int _missed;

    public static Option<string?> JsonOption() => new("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };

    public void Add(string what, string found) => _rows.Add(new(what, found));

    /// <summary>Adds median, mean, range and number of durations.</summary>
    public void AddSeconds(string what, IReadOnlyCollection<double> seconds) => Add(
        what,
        seconds.Count == 0
            ? "none"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"median {Median(seconds):F1} s, mean {seconds.Average():F1} s, {seconds.Min():F1} to {seconds.Max():F1} s, n = {seconds.Count}"));

    /// <summary>Adds a target and whether it was met.</summary>
    public void AddTarget(string target, bool met)
    {
        _missed += met ? 0 : 1;
        Add($"target: {target}", met ? "met" : "MISSED");
    }

    /// <summary>Prints the table and writes the file.</summary>
    /// <returns>The exit code: 0 if every target was met.</returns>
    public int Write(string? json)
    {
        Add("machine", $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, .NET {Environment.Version}");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(measurement).AddColumn("result");
        foreach (var (what, found) in _rows)
        {
            table.AddRow(Markup.Escape(what), Markup.Escape(found));
        }

        if (Console.IsOutputRedirected)
        {
            // Keeps each row of redirected output on one line.
            AnsiConsole.Profile.Width = 200;
        }

        AnsiConsole.Write(table);
        if (json is not null)
        {
            CghJson.Save(json, new { measurement, found = _rows.Select(row => new { what = row.Key.Trim(), found = row.Value }) });
        }

        return _missed == 0 ? 0 : 1;
    }

    private static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
