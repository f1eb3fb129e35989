using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>resume</c>: resumes a run.</summary>
internal static class ResumeCommand
{
    private const string Help = """
        Resumes a run from its last checkpoint. On the CPU, the curves and final weights are bit-identical to those of an
        uninterrupted run. A completed run is not changed. This command trains in its own process; to return a run to the
        queue of the services, use 'requeue'.

        Example:
          Cgh.Trainer resume data/experiments/train-20260101-120000/rm3
        """;

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." }.MustNotBeEmpty();
        var data = Cgh.Core.CommandLine.DataOption();
        data.Description += " Used if the dataset was moved.";
        var noVerify = new Option<bool>("--no-verify") { Description = "Skip the verification of the dataset's checksums." };
        var supervised = SupervisedOption.Create();
        var attempt = SupervisedOption.CreateAttempt();
        var command = new Command("resume", Help) { run, data, noVerify, supervised, attempt };
        command.SetAction((parse, cancellationToken) =>
        {
            var folder = new RunFolder(Path.GetFullPath(parse.GetValue(run)!));
            var record = folder.Load();
            RunSpecRules.Check(record.Spec, folder.Record);
            // A stage finds the dataset by the run that it derives from.
            var place = DataFolder.Resolve(parse.GetValue(data));
            var dataset = record.Spec.Derive is null ? StageInputs.FindDataset(record, folder, place) : StageInputs.DatasetFolder(record, folder, place);
            var settings = new AttemptSettings(folder, dataset, record, !parse.GetValue(noVerify), parse.GetValue(attempt));
            if (record.Status != RunStatus.Completed)
            {
                return ForegroundAttempt.RunAsync(settings, parse.GetValue(supervised), cancellationToken);
            }

            var code = ForegroundAttempt.Report(
                settings, parse.GetValue(supervised), new AttemptEnded(RunStatus.Completed, Error: null, record.Result, record.Seconds));
            if (!parse.GetValue(supervised))
            {
                Console.WriteLine("The run had completed: nothing was done, and a change of its spec has no effect."
                    + (record.Spec.Derive is null ? $" To train on, start another run with --weights {folder.Model}" : ""));
            }

            return Task.FromResult(code);
        });
        return command;
    }
}
