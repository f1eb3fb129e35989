using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.DataPrep.Repair;

namespace Cgh.DataPrep.Commands;

/// <summary><c>repair</c>: makes damaged files of a dataset again from its source.</summary>
internal static class RepairCommand
{
    public static Command Create()
    {
        var dataset = SharedOptions.Dataset();
        var source = new Option<string>("--source")
        {
            Description = "Where the source is, if it is not where it was when the dataset was packed.",
            HelpName = "SOURCE",
        }.MustNotBeEmpty();
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("repair", """
            Verifies a dataset and makes files that are damaged or missing again from the source. A file is replaced only if
            its checksum is what it was. Nothing else is changed, and label sets are kept.

            Examples:
              Cgh.DataPrep repair imagenet
              Cgh.DataPrep repair imagenet --source /mnt/other/imagenet
            """)
        {
            dataset, source, data,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var dataFolder = DataFolder.Resolve(parse.GetValue(data));
            var folder = SharedOptions.Folder(parse, dataset, data);
            var path = parse.GetValue(source) is { } given ? NamedSource.Resolve(given, dataFolder) : null;
            return ProgressDisplay.RunAsync(progress =>
            {
                var repaired = DatasetRepair.Repair(folder, path, progress, cancellationToken);
                foreach (var file in repaired)
                {
                    progress.Report(StageProgress.Of($"{file}: repaired."));
                }

                return repaired.Count == 0 ? $"{folder}: all checksums match; nothing to repair." : $"{folder}: repaired.";
            });
        });
        return command;
    }
}
