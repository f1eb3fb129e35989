using System.CommandLine;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Planning;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary><c>plan RECIPE</c>: what an experiment takes, before anything starts.</summary>
internal static class PlanCommand
{
    private const string Help = """
        Prints what a recipe takes, for each run and in all: steps, images trained and evaluated, disk, and hours where a rate is
        known. Nothing is made. The dataset need not be there: then its images are counted as the recipe states them (demo, or
        dataset.counts).

        Hours come from --measure, which times a few steps of each kind of run on this machine; else from
        --images-per-second; else from the rates that the recipe states. Where only the training's rate is known, an
        evaluation is taken to be three times as fast: it has the forward pass alone.

        Examples:
          Cgh.Trainer plan recipes/demo.json --measure
          Cgh.Trainer plan recipes/paper/resnet18-noise-50.json
          Cgh.Trainer plan recipes/paper/resnet18-noise-50.json --images-per-second 1100 --json
        """;

    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe's file." };
        var rate = new Option<double?>("--images-per-second") { Description = "Training images a second that every run is taken to make.", HelpName = "N", CustomParser = result => Cgh.ServiceDefaults.CommandLine.ParseNumber(result) };
        var measure = new Option<bool>("--measure") { Description = "Time a few steps of each kind of run here. Takes a minute or more a kind for large models on a CPU." };
        var json = new Option<bool>("--json") { Description = "Print JSON for programs." };
        var data = new Option<string?>("--data") { Description = $"The data folder. Default: ${DataFolder.Variable}, else 'data' here.", HelpName = "DIR" };
        var command = new Command("plan", Help) { recipe, rate, measure, json, data };
        command.SetAction((parse, stop) => MainThread.RunAsync(() =>
        {
            var given = parse.GetValue(rate);
            if (given is { } number && !(double.IsFinite(number) && number > 0))
            {
                throw UserErrorException.Usage(FormattableString.Invariant($"--images-per-second must be above 0 (it is {number})."));
            }

            if (given is not null && parse.GetValue(measure))
            {
                throw UserErrorException.Usage("--images-per-second and --measure exclude each other: leave one out.");
            }

            var loaded = Recipe.Load(parse.GetRequiredValue(recipe));
            var folder = DataFolder.Resolve(parse.GetValue(data));
            var plan = ExperimentPlan.Make(loaded, folder, Rates(loaded, folder, given, parse.GetValue(measure), stop));
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(plan, CghJson.File));
            }
            else
            {
                PlanText.Show(plan);
            }

            return 0;
        }));
        return command;
    }

    private static Func<RunSpec, IReadOnlyList<Rate>> Rates(Recipe recipe, DataFolder data, double? given, bool measure, CancellationToken stop)
    {
        if (measure)
        {
            var folder = data.Dataset(recipe.Dataset.Name);
            var exists = File.Exists(Path.Combine(folder, DatasetManifest.FileName));
            var classes = exists ? 0 : ExperimentPlan.StatedCounts(recipe.Dataset)?.Classes
                ?? throw new UserErrorException($"Nothing can be timed: dataset '{recipe.Dataset.Name}' is not packed, and the recipe does not say how many classes it has. Pack it first (Cgh.DataPrep pack), or state dataset.counts.");
            var measurement = new RateMeasurement(exists ? folder : null, classes, recipe.Dataset.Demo?.Side ?? recipe.Dataset.Side, Console.Error.WriteLine, stop);
            return run => [measurement.Of(run)];
        }

        IReadOnlyList<Rate> known = given is { } rate
            ? [Rate.FromTraining("as given", rate, measured: false, "the rate is that of --images-per-second.")]
            : [.. recipe.Rates.Select(Rate.Of)];
        return _ => known;
    }
}
