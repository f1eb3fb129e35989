using System.Globalization;
using Spectre.Console;

namespace Cgh.Client.Planning;

/// <summary>Shows a plan on the terminal.</summary>
internal static class PlanText
{
    private const string Unknown = "unknown";

    // A file or a pipe has no width to keep to: a number cut short is none.
    private const int UnwrappedWidth = 400;

    /// <param name="plan">What to show.</param>
    /// <param name="canMeasure">Whether this program can: where it cannot, the trainer is named.</param>
    public static void Show(ExperimentPlan plan, bool canMeasure)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = UnwrappedWidth;
        }

        var rates = plan.Runs.SelectMany(run => run.Hours).Select(hours => hours.Rate).DistinctBy(rate => rate.Device).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Run").NoWrap().Padding(1, 0, 0, 0));
        foreach (var column in new[] { "Steps", "Trained", "Evaluated", "Folder" }.Concat(rates.Select((_, index) => $"Hours ({Letter(index)})")))
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap().Padding(1, 0, 0, 0));
        }

        foreach (var run in plan.Runs)
        {
            table.AddRow([
                Markup.Escape(run.Name), Count(run.Steps), Count(run.ImagesTrained), Count(run.ImagesEvaluated), Bytes(run.FolderBytes),
                .. rates.Select(rate => Hours(run.Hours.FirstOrDefault(hours => hours.Rate.Device == rate.Device)?.Hours)),
            ]);
        }

        table.AddRow([
            "all", Count(Sum(run => run.Steps)), Count(Sum(run => run.ImagesTrained)), Count(Sum(run => run.ImagesEvaluated)), Bytes(Sum(run => run.FolderBytes)),
            .. rates.Select(rate => Hours(plan.Runs.Sum(run => run.Hours.FirstOrDefault(hours => hours.Rate.Device == rate.Device)?.Hours))),
        ]);
        AnsiConsole.Write(table);
        Console.WriteLine("Trained and evaluated: images, over all epochs and over all evaluations.");
        Console.WriteLine($"Models: {string.Join(", ", plan.Runs.Select(run => (run.Model, run.Parameters)).Distinct().Select(model => canMeasure ? $"{model.Model} of {Count(model.Parameters)} weights" : model.Model))}.");
        Console.WriteLine(Dataset(plan.Dataset));
        Console.WriteLine(canMeasure ? Disk(plan) : DiskOfTheDataset(plan.Dataset));
        for (var i = 0; i < rates.Count; i++)
        {
            var trained = plan.Runs.SelectMany(run => run.Hours).Where(hours => hours.Rate.Device == rates[i].Device).Select(hours => hours.Rate.Train).ToList();
            var range = trained.Max() - trained.Min() < 0.5 ? Rounded(trained.Min()) : $"{Rounded(trained.Min())} to {Rounded(trained.Max())}";
            Console.WriteLine($"Hours ({Letter(i)}): one run after another on one device, {rates[i].Device}, {range} training images a second. {(rates[i].Measured ? "Measured" : "NOT MEASURED")}: {rates[i].Basis}");
        }

        if (rates.Count == 0)
        {
            Console.WriteLine(plan.Dataset.Counts is null
                ? "Hours: unknown, as the number of images is."
                : $"Hours: unknown. The recipe states no rate: give --images-per-second N, or {(canMeasure ? "--measure to time a few steps of each kind of run here" : "see what 'Cgh.Trainer plan --measure' says where a trainer is installed")}.");
        }

        long? Sum(Func<RunPlan, long?> value) => plan.Runs.Any(run => value(run) is null) ? null : plan.Runs.Sum(value);
    }

    private static string Dataset(PlannedDataset dataset) => dataset switch
    {
        { Counts: null } => $"Dataset {dataset.Name}: not packed yet, and the recipe does not say how many images it has. Pack it first (Cgh.DataPrep pack), or state dataset.counts.",
        { Exists: true } => $"Dataset {dataset.Name}: {Counts(dataset)}; {Bytes(dataset.Bytes)}.",
        _ => $"Dataset {dataset.Name}: not there yet, counted as the recipe states it: {Counts(dataset)}; {Bytes(dataset.Bytes)} when packed. What evaluations look at is drawn for classes of equal size.",
    };

    private static string Counts(PlannedDataset dataset) =>
        string.Create(CultureInfo.InvariantCulture, $"{dataset.Counts!.Classes:N0} classes, {dataset.Counts.Train:N0} training and {dataset.Counts.Test:N0} test images of {dataset.Side} x {dataset.Side} pixels");

    private static string DiskOfTheDataset(PlannedDataset dataset) => dataset.Counts is null
        ? "Disk: unknown, as the number of images is."
        : $"Disk: dataset {Bytes(dataset.Bytes)}{(dataset.Exists ? " (there already)" : "")}, label sets {Bytes(dataset.LabelSetBytes)}. The run folders depend on the models' sizes: 'Cgh.Trainer plan' counts them.";

    private static string Disk(ExperimentPlan plan)
    {
        if (plan.Disks.Count == 0)
        {
            return "Disk: unknown, as the number of images is.";
        }

        var parts = $"dataset {Bytes(plan.Dataset.Bytes)}{(plan.Dataset.Exists ? " (there already)" : "")}, label sets {Bytes(plan.Dataset.LabelSetBytes)}, run folders {Bytes(plan.Runs.Sum(run => run.FolderBytes))} (two checkpoints each), a checkpoint while it is written";
        var needed = plan.Disks.Select(disk =>
            $"{Bytes(disk.NeededBytes)} in {disk.Folder}{(disk.FreeBytes is { } free ? $", where {Bytes(free)} are free{(free < disk.NeededBytes ? ": TOO LITTLE" : "")}" : "")}");
        return $"Disk: {parts}. Needed: {string.Join("; ", needed)}.";
    }

    private static char Letter(int index) => (char)('a' + index);

    private static string Count(long? value) => value switch
    {
        null => Unknown,
        >= 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:N1} M"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
    };

    private static string Rounded(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Hours(double? value) => value is { } hours ? hours.ToString(hours < 10 ? "0.00" : "N0", CultureInfo.InvariantCulture) : Unknown;

    private static string Bytes(long? value) => value switch
    {
        null => Unknown,
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.0} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0} KB"),
    };
}
