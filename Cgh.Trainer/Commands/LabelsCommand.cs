using System.CommandLine;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.LabelQuality.Scores;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Trainer.LabelQuality;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>labels</c>: finds the labels that are probably wrong.</summary>
internal static class LabelsCommand
{
    private const string Help = """
        Finds the labels that are probably wrong, most suspicious first: in a folder of images (a folder per class), a dataset, or
        from a run that was trained with --track-learning. Packs the images if needed, trains a small network, records what it
        learns of each image, and writes labels.csv, labels.npy and labels.json. The dashboard shows them for review.

        To tell how many labels are wrong, a few known errors are planted in the labels that the network is trained on; your
        labels and images stay as they are. Rerun the command to resume.

        Examples:
          Cgh.Trainer labels photos --out suspects.csv
          Cgh.Trainer labels demo --labels half-noise
          Cgh.Trainer labels data/experiments/demo/rm3
        """;

    private static readonly LabelTrainingOptions s_defaults = new();

    public static Command Create()
    {
        var what = new Argument<string>("WHAT")
        {
            Description = "A folder of images, a dataset (name or path), or the folder of a tracked run.",
        }.MustNotBeEmpty();
        var @out = new Option<string?>("--out") { Description = "Also write the table to this file.", HelpName = "FILE" }.MustNotBeEmpty();
        var labels = new Option<string?>("--labels") { Description = "The label set in question. Default: original.", HelpName = "LABELS" };
        var score = new Option<string>("--score")
        {
            Description = $"{string.Join(" ", LabelScoreCatalog.All.Select(entry => $"{entry.Name}: {entry.Summary}."))}",
            DefaultValueFactory = _ => LabelScoreCatalog.Default.Name,
        };
        var second = new Option<string?>("--second")
        {
            Description = "Folder of a second tracked run on the same labels, for the score disagreement.",
            HelpName = "RUN",
        }.MustNotBeEmpty();
        var planted = new Option<double?>("--planted")
        {
            Description = "Share of the labels in which known errors are planted, 0 to 0.5. 0: none, and no estimates. Default: 0.03, or 0.1 for few images.",
            HelpName = "F",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var model = new Option<string?>("--model") { Description = "Default: resnet-small, or resnet18 for images above 64 pixels or with --weights." };
        var rule = new Option<string?>("--rule") { Description = "The update rule. Default: sgd." };
        var epochs = new Option<int?>("--epochs") { Description = "Default: 8 to 20, more for fewer images; 10 with --weights.", HelpName = "N" };
        var batchSize = new Option<int?>("--batch-size") { Description = "Default: 32.", HelpName = "N" };
        var rate = new Option<double?>("--learning-rate", "--lr")
        {
            Description = "Default: 0.1; 0.01 with --weights.",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var weights = new Option<string?>("--weights")
        {
            Description = "Start from these weights; the last layer is replaced. Recommended for a few thousand photographs.",
            HelpName = "FILE",
        }.MustNotBeEmpty();
        var side = new Option<int?>("--side")
        {
            Description = "Side in pixels at which a folder of images is packed. Default: 64, or theirs if they are smaller; what --model or --weights need.",
            HelpName = "N",
        };
        var seed = new Option<uint>("--seed") { Description = "Random seed of everything that is drawn.", HelpName = "N" };
        var threads = new Option<int>("--threads") { Description = "Torch threads; 0 uses all cores.", HelpName = "N" };
        var device = new Option<DeviceChoice>("--device") { Description = "auto, cpu or cuda. auto uses CUDA if available.", HelpName = "DEVICE" };
        var data = Cgh.Core.CommandLine.DataOption();
        Option[] trained = [labels, planted, model, rule, epochs, batchSize, rate, weights, side];
        var command = new Command("labels", Help)
        {
            what, @out, labels, score, second, planted, model, rule, epochs, batchSize, rate, weights, side, seed, threads, device, data,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var folder = DataFolder.Resolve(parse.GetValue(data));
            var target = parse.GetValue(@out);
            if (target is not null)
            {
                OutputFile.Check(target, @out.Name);
            }

            if (parse.GetValue(second) is not null && !LabelScoreCatalog.Get(parse.GetValue(score)!).NeedsSecondRun)
            {
                throw UserErrorException.Usage($"--second is for a score that compares two runs. Add --score {new DisagreementScore().Name}, or leave it out.");
            }

            var given = parse.GetValue(what)!;
            var options = s_defaults with
            {
                Model = parse.GetValue(model),
                Rule = parse.GetValue(rule),
                Epochs = parse.GetValue(epochs),
                BatchSize = parse.GetValue(batchSize),
                LearningRate = parse.GetValue(rate),
                Weights = parse.GetValue(weights) is { } file ? Path.GetFullPath(file) : null,
                Side = parse.GetValue(side),
                Seed = parse.GetValue(seed),
                Threads = parse.GetValue(threads),
                Device = parse.GetValue(device),
            };
            var stage = new StageSpec
            {
                Kind = StageKind.Suspects,
                Score = parse.GetValue(score),
                Second = parse.GetValue(second) is { } other ? Path.GetFullPath(other) : null,
            };
            var run = new RunFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(given)));
            if (!run.Exists)
            {
                var dataset = await LabelRun.DatasetAsync(given, folder, options, cancellationToken);
                var training = LabelRun.Prepare(dataset, folder, parse.GetValue(labels), parse.GetValue(planted), options);
                if (await LabelRun.TrainAsync(training, cancellationToken) is not 0 and var code)
                {
                    return code;
                }

                run = training.Folder;
            }
            else if (trained.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } chosen)
            {
                throw UserErrorException.Usage($"{chosen.Name} cannot be used with a run, which has been trained. Leave it out, or name a dataset.");
            }

            return await JudgeAsync(run, stage with { From = run.Path }, options, folder, target, cancellationToken);
        });
        return command;
    }

    private static async Task<int> JudgeAsync(
        RunFolder run, StageSpec stage, LabelTrainingOptions options, DataFolder data, string? target, CancellationToken cancellationToken)
    {
        var trained = run.Load();
        var folder = new RunFolder(stage.Score == LabelScoreCatalog.Default.Name ? $"{run.Path}-labels" : $"{run.Path}-labels-{stage.Score}");
        var spec = new RunSpec
        {
            Name = Path.GetFileName(folder.Path),
            Dataset = trained.Spec.Dataset,
            Seed = options.Seed,
            Threads = options.Threads,
            Device = options.Device,
            Epochs = 1,
            Derive = stage,
        };
        RunSpecRules.Check(spec, "labels");
        var dataset = StageInputs.FindDataset(trained, run, data);
        var settings = AttemptSettings.New(spec, folder, dataset, verifyData: true, number: null);
        if (folder.Exists)
        {
            // The report is made again: the run may have been trained anew.
            var record = folder.Load();

            // The folders may have been moved.
            settings = (record.Spec.Derive! with { From = stage.From }, record.Spec.Seed) == (stage, spec.Seed)
                ? settings with { Record = record with { Spec = spec } }
                : throw new UserErrorException(
                    $"{folder.Path} has a report with other options{(LabelReview.HasDecisions(folder.Path) ? ", and the decisions of its review" : "")}. "
                    + "Move it away to make another.");
        }

        var code = await ForegroundAttempt.RunAsync(settings, supervised: false, cancellationToken);
        if (code == 0)
        {
            var report = LabelReport.Read(folder.Path);
            LabelReportText.Print(report.Info);
            if (target is not null)
            {
                using var opened = Dataset.Open(dataset);
                report.WriteCsv(target, opened);
            }

            Console.WriteLine($"Wrote {target ?? Path.Combine(folder.Path, LabelReport.Csv)}");
            if (Path.GetRelativePath(data.Experiments, folder.Path).Split(Path.DirectorySeparatorChar) is [not ".." and var experiment, var name])
            {
                Console.WriteLine($"Review: start Cgh.Standalone --data {data.Root}, and open /runs/{experiment}/{name}/labels on its pages.");
            }
        }

        return code;
    }
}
