using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>split</c>: derives easy and hard examples from a run, as a stage of a recipe does.</summary>
internal static class SplitCommand
{
    private const string Help = """
        Classifies every training example of a completed run with its final model and draws three subsets of its dataset: easy (learned examples), hard (not
        learned) and random (drawn from all, the control). Each has training examples and, disjoint from them, test examples. Also writes
        learned_examples.csv and not_learned_examples.csv. The subsets can be used wherever a dataset can.

        Example:
          Cgh.Trainer split data/experiments/train-20260101-120000/sgd --train 2000 --test 500
          Cgh.Trainer train --dataset data/experiments/train-20260101-120000/sgd-split/easy --model resnet-small --epochs 20
        """;

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." }.MustNotBeEmpty();
        var train = new Option<int>("--train") { Description = "Training examples of each subset.", Required = true, HelpName = "N" }.MustBeBetween(1);
        var test = new Option<int>("--test") { Description = "Test examples of each subset.", Required = true, HelpName = "N" }.MustBeBetween(1);
        var seed = new Option<uint>("--seed") { Description = "Seed of the draws.", HelpName = "N" };
        var @out = new Option<string?>("--out") { Description = "The new folder. Default: RUN-split, beside the run.", HelpName = "DIR" };
        var threads = new Option<int>("--threads") { Description = "Torch threads; 0 uses all cores.", HelpName = "N" };
        var device = new Option<DeviceChoice>("--device") { Description = "auto, cpu or cuda. auto uses CUDA if available.", HelpName = "DEVICE" };
        var data = Cgh.Core.CommandLine.DataOption();
        data.Description += " Used if the dataset was moved.";
        var command = new Command("split", Help) { run, train, test, seed, @out, threads, device, data };
        command.SetAction((parse, cancellationToken) =>
        {
            var from = new RunFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(parse.GetValue(run)!)));
            var trained = from.Load().Spec;
            var folder = new RunFolder(Path.GetFullPath(parse.GetValue(@out) ?? $"{from.Path}-split"));
            var spec = new RunSpec
            {
                Name = Path.GetFileName(folder.Path),
                Dataset = trained.Dataset,
                Seed = parse.GetValue(seed),
                Threads = parse.GetValue(threads),
                Device = parse.GetValue(device),
                Epochs = 1,
                Derive = new StageSpec { Kind = StageKind.Split, From = from.Path, Train = parse.GetValue(train), Test = parse.GetValue(test) },
            };
            RunSpecRules.Check(spec, "split");
            var dataset = StageInputs.DatasetFolder(trained, Path.GetDirectoryName(from.Path)!, DataFolder.Resolve(parse.GetValue(data)));
            var settings = AttemptSettings.New(spec, folder, dataset, verifyData: true, number: null);
            return ForegroundAttempt.RunAsync(settings, supervised: false, cancellationToken);
        });
        return command;
    }
}
