using System.CommandLine;
using System.Text.Json;
using Cgh.Client.Planning;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Client.Commands;

/// <summary><c>plan RECIPE</c>: what an experiment takes, before anything starts.</summary>
public static class PlanCommand
{
    /// <param name="program">The program that has this command, as its help names it.</param>
    /// <param name="measurement">Null in a program without Torch: models then have no size, and nothing is timed.</param>
    public static Command Create(string program, IRunMeasurement? measurement = null)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe's file." };
        var rate = new Option<double?>("--images-per-second")
        {
            Description = "Training images a second that every run is taken to make.",
            HelpName = "N",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var measure = new Option<bool>("--measure")
        {
            Description = "Time a few steps of each kind of run here. Takes a minute or more a kind for large models on a CPU.",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON for programs." };
        var data = new Option<string?>("--data") { Description = $"The data folder. Default: ${DataFolder.Variable}, else 'data' here.", HelpName = "DIR" };
        var command = new Command("plan", measurement is null ? Help(program) : HelpWithMeasure(program)) { recipe, rate };
        if (measurement is not null)
        {
            command.Options.Add(measure);
        }

        command.Options.Add(json);
        command.Options.Add(data);
        command.SetAction((parse, cancellationToken) =>
        {
            return measurement is null ? Task.FromResult(Plan()) : measurement.RunAsync(Plan);

            int Plan()
            {
                var given = parse.GetValue(rate);
                var timed = measurement is not null && parse.GetValue(measure) ? measurement : null;
                if (given is { } number && !(double.IsFinite(number) && number > 0))
                {
                    throw UserErrorException.Usage(FormattableString.Invariant($"--images-per-second must be above 0 (it is {number})."));
                }

                if (given is not null && timed is not null)
                {
                    throw UserErrorException.Usage("--images-per-second and --measure exclude each other: leave one out.");
                }

                var loaded = Recipe.Load(parse.GetRequiredValue(recipe));
                var folder = DataFolder.Resolve(parse.GetValue(data));
                var rates = timed is null ? Known(loaded, given) : Timed(loaded, folder, timed, cancellationToken);
                var plan = ExperimentPlan.Make(loaded, folder, rates, measurement is null ? null : measurement.SizeOf);
                if (parse.GetValue(json))
                {
                    Console.WriteLine(JsonSerializer.Serialize(plan, CghJson.File));
                }
                else
                {
                    PlanText.Show(plan, canMeasure: measurement is not null);
                }

                return 0;
            }
        });
        return command;
    }

    private static Func<RunSpec, IReadOnlyList<Rate>> Known(Recipe recipe, double? given)
    {
        IReadOnlyList<Rate> known = given is { } rate
            ? [Rate.FromTraining("as given", rate, measured: false, "the rate is that of --images-per-second.")]
            : [.. recipe.Rates.Select(Rate.Of)];
        return _ => known;
    }

    private static Func<RunSpec, IReadOnlyList<Rate>> Timed(Recipe recipe, DataFolder data, IRunMeasurement measurement, CancellationToken cancellationToken)
    {
        var folder = data.Dataset(recipe.Dataset.Name);
        var exists = File.Exists(Path.Combine(folder, DatasetManifest.FileName));
        var classes = exists ? 0 : ExperimentPlan.StatedCounts(recipe.Dataset)?.Classes
            ?? throw new UserErrorException($"Nothing can be timed: dataset '{recipe.Dataset.Name}' is not packed, and the recipe does not say how many "
                + "classes it has. Pack it first (Cgh.DataPrep pack), or state dataset.counts.");
        var time = measurement.Time(exists ? folder : null, classes, recipe.Dataset.Demo?.Side ?? recipe.Dataset.Side, cancellationToken);
        return run => [time(run)];
    }

    private static string Help(string program) => $"""
        Checks a recipe and prints what it takes, for each run and in all: steps, images trained and evaluated, disk for the dataset, and
        hours where a rate is known. Nothing is made. The dataset need not be there: then its images are counted as the recipe
        states them (demo, or dataset.counts).

        Hours come from --images-per-second, else from the rates that the recipe states. Where only the training's rate is
        known, an evaluation is taken to be three times as fast: it has the forward pass alone. 'Cgh.Trainer plan' has --measure,
        which times the runs, and counts the run folders.

        Examples:
          {program} plan recipes/paper/resnet18-noise-50.json
          {program} plan recipes/paper/resnet18-noise-50.json --images-per-second 1100 --json
        """;

    private static string HelpWithMeasure(string program) => $"""
        Prints what a recipe takes, for each run and in all: steps, images trained and evaluated, disk, and hours where a rate is
        known. Nothing is made. The dataset need not be there: then its images are counted as the recipe states them (demo, or
        dataset.counts).

        Hours come from --measure, which times a few steps of each kind of run on this machine; else from
        --images-per-second; else from the rates that the recipe states. Where only the training's rate is known, an
        evaluation is taken to be three times as fast: it has the forward pass alone.

        Examples:
          {program} plan recipes/demo.json --measure
          {program} plan recipes/paper/resnet18-noise-50.json
          {program} plan recipes/paper/resnet18-noise-50.json --images-per-second 1100 --json
        """;
}
