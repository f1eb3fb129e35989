using System.CommandLine;
using System.Text.Json;
using Cgh.Client.Planning;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Client.Commands;

/// <summary><c>plan RECIPE</c>: estimates the cost of an experiment without running it.</summary>
public static class PlanCommand
{
    /// <param name="program">Name of the program, for the examples in the help text.</param>
    /// <param name="measurement">Null in a program without Torch, which can neither size models nor time runs.</param>
    public static Command Create(string program, IRunMeasurement? measurement = null)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe file." };
        var rate = new Option<double?>("--images-per-second")
        {
            Description = "Assume this training throughput for every run.",
            HelpName = "N",
            CustomParser = result => Cgh.Core.CommandLine.ParseNumber(result),
        };
        var measure = new Option<bool>("--measure")
        {
            Description = "Time a few steps of each kind of run on this machine. A large model on a CPU takes a minute or more.",
        };
        var json = new Option<bool>("--json") { Description = "Print the plan as JSON." };
        var data = Cgh.Core.CommandLine.DataOption();
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
                    throw UserErrorException.Usage("--images-per-second and --measure cannot be used together. Remove one.");
                }

                var loaded = Recipe.Load(parse.GetRequiredValue(recipe));
                var folder = DataFolder.Resolve(parse.GetValue(data));
                var rates = timed is null ? StatedRates(loaded, given) : MeasuredRates(loaded, folder, timed, cancellationToken);
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

    private static Func<RunSpec, IReadOnlyList<Rate>> StatedRates(Recipe recipe, double? given)
    {
        IReadOnlyList<Rate> rates = given is { } rate
            ? [Rate.FromTraining("unspecified device", rate, measured: false, "set by --images-per-second.")]
            : [.. recipe.Rates.Select(Rate.Of)];
        return _ => rates;
    }

    private static Func<RunSpec, IReadOnlyList<Rate>> MeasuredRates(
        Recipe recipe, DataFolder data, IRunMeasurement measurement, CancellationToken cancellationToken)
    {
        var folder = data.Dataset(recipe.Dataset.Name);
        var exists = Dataset.Exists(folder);
        var classes = exists ? 0 : ExperimentPlan.StatedCounts(recipe.Dataset)?.Classes
            ?? throw new UserErrorException(
                $"Cannot measure: dataset '{recipe.Dataset.Name}' is not packed and the recipe does not give its number of classes. "
                + "Pack the dataset first (Cgh.DataPrep pack) or set dataset.counts.");
        var time = measurement.Time(exists ? folder : null, classes, recipe.Dataset.Demo?.Side ?? recipe.Dataset.Side, cancellationToken);
        return run => [time(run)];
    }

    private static string Help(string program) => $"""
        Checks a recipe and estimates the cost of each run and of the experiment: steps, images trained and evaluated, disk
        space of the dataset, and hours if the throughput is known. Creates nothing. If the dataset does not exist yet, the
        plan uses the image counts in the recipe (demo or dataset.counts), or of a source that it names.

        Hours are computed from --images-per-second or, without it, from the rates in the recipe. If only the training rate is
        known, evaluation is assumed to be three times as fast, as it has no backward pass. 'Cgh.Trainer plan' also estimates the
        size of run folders and can time the runs (--measure).

        Examples:
          {program} plan recipes/paper/resnet18-noise-50.json
          {program} plan recipes/paper/resnet18-noise-50.json --images-per-second 1100 --json
        """;

    private static string HelpWithMeasure(string program) => $"""
        Checks a recipe and estimates the cost of each run and of the experiment: steps, images trained and evaluated, disk
        space, and hours if the throughput is known. Creates nothing. If the dataset does not exist yet, the plan uses the
        image counts in the recipe (demo or dataset.counts), or of a source that it names.

        Hours are computed from --measure, which times a few steps of each kind of run on this machine, from
        --images-per-second, or from the rates in the recipe. If only the training rate is known, evaluation is assumed to be
        three times as fast, as it has no backward pass.

        Examples:
          {program} plan recipes/demo.json --measure
          {program} plan recipes/paper/resnet18-noise-50.json
          {program} plan recipes/paper/resnet18-noise-50.json --images-per-second 1100 --json
        """;
}
