using System.CommandLine;
using Cgh.Benchmarks.Harness;
using Cgh.Core;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>compare</c>: compares the laboratory with PyTorch and Pillow.</summary>
internal static class CompareCommand
{
    private const string Help = """
        Compares the laboratory with PyTorch and Pillow, and its update rules with each other, and prints a table.

        Each side of a comparison is a separate, warmed-up process; the two are sampled alternately. Figures are medians, and the
        ratio is the median over the pairs, ours divided by the peer's: a ratio of times for the updates and m3-step-vs-sgd, of
        throughputs for the others. Floor is the ratio of the memory traffic. Comparisons with PyTorch and Pillow need a Python
        that has both.

        Do not use the machine during a measurement. The load average before and after is printed with the table.
        """;

    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "Also write the table to this file as a JSON array." };
        var only = new Option<string?>("--only")
        {
            Description = $"Comma-separated comparisons to run. Default: all of {string.Join(", ", Comparisons.All.Select(comparison => comparison.What))}.",
        };
        var quick = new Option<bool>("--quick") { Description = "Run only three pairs, as a smoke test." };
        var command = new Command("compare", Help) { json, only, quick };
        command.SetAction(parse => Run(parse.GetValue(json), parse.GetValue(only), parse.GetValue(quick)));
        return command;
    }

    private static void Run(string? json, string? only, bool quick)
    {
        var chosen = Choose(only);
        var missing = chosen.Where(comparison => comparison.NeedsPython && Python.Path is null).ToArray();
        if (missing.Length > 0)
        {
            Console.Error.WriteLine(
                $"Skipped, because no Python with PyTorch and Pillow was found: {string.Join(", ", missing.Select(comparison => comparison.What))}. "
                + $"To install it: {Python.Install}.");
        }

        using var inputs = new Inputs();
        var rows = new List<Row>();
        Console.Error.WriteLine($"Load before: {Load()}");
        foreach (var comparison in chosen.Except(missing))
        {
            Console.Error.WriteLine($"{comparison.What} ...");
            rows.Add(comparison.Measure(inputs, quick ? 3 : comparison.Pairs));
            Console.Error.WriteLine($"  ratio {rows[^1].Ratio:G3}, load {Load()}");
        }

        Console.Error.WriteLine($"Load after: {Load()}");
        RowTable.Print(rows);
        RowTable.Save(rows, json);
    }

    private static Comparisons[] Choose(string? only)
    {
        if (only is null)
        {
            return [.. Comparisons.All];
        }

        var names = only.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var known = Comparisons.All.Select(comparison => comparison.What).ToArray();
        return names.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw UserErrorException.Usage($"--only: there is no comparison '{unknown}'.{NearestName.Suggest(unknown, known)}")
            : [.. Comparisons.All.Where(comparison => names.Contains(comparison.What))];
    }

    private static string Load() =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";
}
