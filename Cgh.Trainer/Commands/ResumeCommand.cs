using System.CommandLine;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>resume</c>: goes on with a run.</summary>
internal static class ResumeCommand
{
    private const string Help = """
        Goes on with a run from its last checkpoint. On the CPU its curves and final weights are, bit for bit, those of a run
        that was never stopped. A completed run stays as it is. This trains here, as this process; a run of the services
        goes back into their queue with 'requeue'.

        Example:
          Cgh.Trainer resume data/experiments/train-20260101-120000/rm3
        """;

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." };
        var data = new Option<string?>("--data") { Description = $"Where to look for the dataset when it is not where it was. Default: ${DataFolder.Variable}, else 'data' here." };
        var noVerify = new Option<bool>("--no-verify") { Description = "Do not compare the dataset's checksums first." };
        var supervised = SupervisedOption.Create();
        var attempt = SupervisedOption.CreateAttempt();
        var command = new Command("resume", Help) { run, data, noVerify, supervised, attempt };
        command.SetAction((parse, cancellationToken) =>
        {
            var folder = new RunFolder(Path.GetFullPath(parse.GetValue(run)!));
            var record = folder.Load();
            RunSpecRules.Check(record.Spec, folder.Record);
            var dataset = Directory.Exists(record.DatasetFolder)
                ? record.DatasetFolder
                : DataFolder.Resolve(parse.GetValue(data)).Dataset(record.Spec.Dataset);
            var settings = new AttemptSettings(folder, dataset, record, !parse.GetValue(noVerify), parse.GetValue(attempt));
            return record.Status == RunStatus.Completed
                ? Task.FromResult(ForegroundAttempt.Report(settings, parse.GetValue(supervised), new AttemptEnded(RunStatus.Completed, Error: null, record.Result, record.Seconds)))
                : ForegroundAttempt.RunAsync(settings, parse.GetValue(supervised), cancellationToken);
        });
        return command;
    }
}
