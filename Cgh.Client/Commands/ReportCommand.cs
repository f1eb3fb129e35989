using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Reports;

namespace Cgh.Client.Commands;

/// <summary><c>report EXPERIMENT</c>: writes tables and figures from run folders.</summary>
public static class ReportCommand
{
    private static string Help(string program) => $"""
        Writes report.md, results.json and plots of the curves (*.png and *.svg) into an experiment's folder, from the run
        folders in it. Failed and unfinished runs are included and marked; runs that cannot be read are named.

        Examples:
          {program} report demo-20260101-120000
          {program} report /scratch/runs                  (any folder of run folders)
        """;

    /// <param name="program">Name of the program, for the examples in the help text.</param>
    public static Command Create(string program)
    {
        var experiment = new Argument<string>("EXPERIMENT") { Description = "Id of an experiment in the data folder, or path of a folder of run folders." };
        var data = CommandLine.DataOption();
        var command = new Command("report", Help(program)) { experiment, data };
        command.SetAction(parse =>
        {
            var folder = Find(DataFolder.Resolve(parse.GetValue(data)), parse.GetRequiredValue(experiment));
            var results = ExperimentReport.Write(folder);
            Console.WriteLine($"Wrote {folder.Report} and {folder.Results}: {results.Runs.Count} run{(results.Runs.Count == 1 ? "" : "s")}.");
            foreach (var run in results.Unreadable ?? [])
            {
                Console.Error.WriteLine($"Left out {run.Name}: {run.Reason}");
            }

            return 0;
        });
        return command;
    }

    private static ExperimentFolder Find(DataFolder data, string given)
    {
        var path = data.Experiment(given);
        if (Directory.Exists(path))
        {
            return new ExperimentFolder(path);
        }

        var known = Directory.Exists(data.Experiments)
            ? Directory.GetDirectories(data.Experiments).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal).ToArray()
            : [];
        var hint = known.Length == 0 ? " Specify the path of a folder of run folders." : NearestName.Suggest(given, known);
        throw UserErrorException.Usage($"There is no experiment at {path}.{hint}");
    }
}
