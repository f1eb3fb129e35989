using System.CommandLine;
using Cgh.Benchmarks.Harness;
using Cgh.Core;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>compare</c>: one table of ours against theirs.</summary>
internal static class CompareCommand
{
    private const string Help = """
        Measures the laboratory against PyTorch and Pillow, and its rules against each other, and prints one table.

        Both sides of a comparison are warm processes of their own which are asked in turn; figures are medians, the ratio is the
        median of the pairs' ratios. Ratio is ours over the peer's: of times for the updates and m3-step-vs-sgd, of speeds for the
        others. Floor is the ratio of the memory that is read and written. Comparisons with PyTorch and Pillow need Python with both.

        Leave the machine alone meanwhile: the load at the start and at the end is printed with the table.
        """;

    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "File to write the table to, as a JSON array." };
        var only = new Option<string?>("--only") { Description = $"Comparisons to make, with commas between. All: {string.Join(", ", Comparisons.All.Select(comparison => comparison.What))}." };
        var quick = new Option<bool>("--quick") { Description = "Three pairs instead of seven or more: to see that it works, not to quote." };
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
            Console.Error.WriteLine($"Left out, for want of a Python with PyTorch and Pillow: {string.Join(", ", missing.Select(comparison => comparison.What))}. Install them: {Python.Install}.");
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

    private static string Load() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";
}
