using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Harness;
using Cgh.Core.Files;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>laboratory</c>: writes a data folder with many runs, to look at the pages with them.</summary>
internal static class LaboratoryCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Data folder to write; start Cgh.Standalone with --data FOLDER." };
        var runs = new Option<int>("--runs") { Description = "Number of runs.", DefaultValueFactory = _ => 1000 };
        var points = new Option<int>("--points") { Description = "Rows of the curves of each run.", DefaultValueFactory = _ => 1000 };
        var size = new Option<int>("--per-experiment")
        {
            Description = "Runs of each experiment.",
            DefaultValueFactory = _ => SyntheticLaboratory.DefaultRunsPerExperiment,
        };
        var seed = new Option<int>("--seed") { Description = "Seed of specs and curves." };
        Cgh.Core.CommandLine.MustBeBetween(runs, 1, 1_000_000);
        Cgh.Core.CommandLine.MustBeBetween(points, 1, 1_000_000);
        Cgh.Core.CommandLine.MustBeBetween(size, 1, 10_000);
        var command = new Command("laboratory", "Writes a data folder with experiments that look as if they had been trained, without datasets and weights.")
        {
            folder,
            runs,
            points,
            size,
            seed,
        };
        command.SetAction(parsed =>
        {
            var data = new DataFolder(Path.GetFullPath(parsed.GetValue(folder)!));
            var ids = SyntheticLaboratory.Write(data, parsed.GetValue(runs), parsed.GetValue(points), parsed.GetValue(seed), parsed.GetValue(size));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids.Count:N0} experiments in {data.Experiments}."));
        });
        return command;
    }
}
