using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Cgh.Core.Files;
using Spectre.Console;

namespace Cgh.Reliability;

/// <summary>What a measurement found: a table for people, and the same as a file.</summary>
internal sealed class MeasurementReport(string measurement)
{
    private readonly List<KeyValuePair<string, string>> _rows = [];
    private int _missed;

    public static Option<string?> JsonOption() => new("--json") { Description = "Write what was found to this file, too.", HelpName = "FILE" };

    public void Add(string what, string found) => _rows.Add(new(what, found));

    /// <summary>Mean, range and number of some seconds.</summary>
    public void AddSeconds(string what, IReadOnlyCollection<double> seconds) => Add(
        what,
        seconds.Count == 0
            ? "none"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"median {Median(seconds):F1} s, mean {seconds.Average():F1} s, {seconds.Min():F1} to {seconds.Max():F1} s, n = {seconds.Count}"));

    /// <summary>What was to be shown, and whether it was.</summary>
    public void AddTarget(string target, bool reached)
    {
        _missed += reached ? 0 : 1;
        Add($"target: {target}", reached ? "met" : "MISSED");
    }

    /// <summary>Prints all of it.</summary>
    /// <returns>The exit code: 0 when every aim was reached.</returns>
    public int Write(string? json)
    {
        Add("machine", $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, .NET {Environment.Version}");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(measurement).AddColumn("found");
        foreach (var (what, found) in _rows)
        {
            table.AddRow(Markup.Escape(what), Markup.Escape(found));
        }

        if (Console.IsOutputRedirected)
        {
            // A file or a pipe has no width to keep to.
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
