using System.CommandLine;
using System.Globalization;
using Cgh.Benchmarks.Labels;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Native;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>labels</c>: measures how well wrong labels are found.</summary>
internal static class LabelsCommand
{
    public static Command Create()
    {
        var @out = new Option<string>("--out") { Description = "Folder of datasets, runs and results.", Required = true, HelpName = "DIR" };
        var epochs = new Option<int>("--epochs") { Description = "Epochs of each training.", DefaultValueFactory = _ => 8 }.MustBeBetween(2);
        var only = new Option<string?>("--only") { Description = "Only settings whose name contains this, such as fashion-uniform.", HelpName = "TEXT" };
        var table = new Option<bool>("--table") { Description = "Only print the table of what has been measured." };
        var command = new Command(
            "labels",
            "Makes labels wrong in known ways and prints how well each method finds them: average precision, precision at 100, precision = "
                + "recall at the true number, the automatic cut, and processor seconds of training. Rerun the command to resume. "
                + "Several processes can share a folder.")
        {
            @out, epochs, only, table,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var root = Path.GetFullPath(parse.GetValue(@out)!);
            var settings = LabelSetting.All.Where(setting => setting.Name.Contains(parse.GetValue(only) ?? "", StringComparison.Ordinal)).ToList();
            TorchSettings.Apply(DeviceChoice.Cpu, threads: 1);
            if (!parse.GetValue(table))
            {
                settings.ForEach(setting => Measure(setting, parse.GetValue(epochs), root, cancellationToken));
            }

            LabelTable.Print(settings, root);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Measure(LabelSetting setting, int epochs, string root, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, "experiments", setting.Name);
        Directory.CreateDirectory(folder);
        using var held = SharedFile.TryLock(Path.Combine(folder, ".trial"), FileAccess.ReadWrite, FileShare.None);
        if (held is null)
        {
            return;
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:T} {setting.Name}"));
        new LabelTrial(setting, epochs, root).Run(cancellationToken);
    }
}
