using System.CommandLine;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>train</c>: trains a new run.</summary>
internal static class TrainCommand
{
    private const string Help = """
        Trains a model and writes a run folder with curves (CSV), run.json, checkpoints, TensorBoard events and the final weights.

        Example with 50% label noise and the median of three mini-batches:
          Cgh.Trainer train --dataset demo --labels half-noise --rule rm3 --model resnet-small --epochs 30 --batch-size 20 --learning-rate 0.08

        The last mini-batch of an epoch is skipped if one of its groups would have fewer than two examples.
        Exit codes: 0 completed, 1 failed, 2 invalid command line, 3 cancelled, 130 interrupted.
        """;

    public static Command Create()
    {
        var spec = new SpecOptions();
        var @out = new Option<string?>("--out")
        {
            Description = "Parent folder of the new run folder. Default: experiments/train-TIME in the data folder.",
            HelpName = "DIR",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        var noVerify = new Option<bool>("--no-verify") { Description = "Skip the verification of the dataset's checksums." };
        var supervised = SupervisedOption.Create();
        var attempt = SupervisedOption.CreateAttempt();
        var command = new Command("train", Help) { @out, data, noVerify, supervised, attempt };
        spec.AddTo(command);
        command.SetAction((parse, cancellationToken) =>
        {
            var folder = DataFolder.Resolve(parse.GetValue(data));
            var requested = spec.Read(parse);
            var runs = parse.GetValue(@out) ?? folder.Experiment(ExperimentFolder.NewId("train", DateTimeOffset.UtcNow));
            var chosen = StageInputs.WithLabels(requested, runs);
            var run = new RunFolder(Path.GetFullPath(Path.Combine(runs, chosen.Name)));
            var dataset = StageInputs.DatasetFolder(chosen, runs, folder);
            var settings = AttemptSettings.New(chosen, run, dataset, !parse.GetValue(noVerify), parse.GetValue(attempt));
            return ForegroundAttempt.RunAsync(settings, parse.GetValue(supervised), cancellationToken);
        });
        return command;
    }
}
