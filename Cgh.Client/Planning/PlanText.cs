using System.Globalization;
using Cgh.Core;
using Spectre.Console;

namespace Cgh.Client.Planning;

/// <summary>Prints a plan as text.</summary>
internal static class PlanText
{
    private const string Unknown = "unknown";
    private const string UnknownDisk = "Disk: unknown, because the number of images is unknown.";

    // Wide enough that redirected output is never wrapped or truncated.
    private const int UnwrappedWidth = 400;

    /// <param name="plan">The plan.</param>
    /// <param name="canMeasure">Whether this program can measure; if not, the text refers to the trainer.</param>
    public static void Show(ExperimentPlan plan, bool canMeasure)
    {
        var console = Terminal.Unwrapped(UnwrappedWidth);
        var rates = plan.Runs.SelectMany(run => run.Hours).Select(hours => hours.Rate).DistinctBy(rate => rate.Device).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Run").NoWrap().Padding(1, 0, 0, 0));
        // Without Torch, the size of the run folders is unknown.
        var hasCoherence = plan.Runs.Any(run => run.ImagesMeasured > 0);
        string[] columns = ["Steps", "Trained", "Evaluated", .. hasCoherence ? ["Coherence"] : (string[])[], .. canMeasure ? ["Run folder"] : (string[])[]];
        foreach (var column in columns.Concat(rates.Select((_, index) => $"Hours ({Letter(index)})")))
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap().Padding(1, 0, 0, 0));
        }

        foreach (var run in plan.Runs)
        {
            table.AddRow([
                Markup.Escape(run.Name),
                Count(run.Steps),
                Count(run.ImagesTrained),
                Count(run.ImagesEvaluated),
                .. Coherence(run.ImagesMeasured),
                .. Folder(run.FolderBytes),
                .. rates.Select(rate => Hours(run.Hours.FirstOrDefault(hours => hours.Rate.Device == rate.Device)?.Hours)),
            ]);
        }

        table.AddRow([
            "all",
            Count(Sum(run => run.Steps)),
            Count(Sum(run => run.ImagesTrained)),
            Count(Sum(run => run.ImagesEvaluated)),
            .. Coherence(Sum(run => run.ImagesMeasured)),
            .. Folder(Sum(run => run.FolderBytes)),
            .. rates.Select(rate => Hours(plan.Runs.Sum(run => run.Hours.FirstOrDefault(hours => hours.Rate.Device == rate.Device)?.Hours))),
        ]);
        console.Write(table);
        Console.WriteLine(hasCoherence
            ? "Trained, evaluated, coherence: number of images over all epochs, evaluations and measurements, which are assumed to run at the training rate."
            : "Trained, evaluated: number of images over all epochs and all evaluations.");
        var models = plan.Runs.Select(run => (run.Model, run.Parameters)).Distinct()
            .Select(model => canMeasure ? $"{model.Model} ({Count(model.Parameters)} parameters)" : model.Model);
        Console.WriteLine($"Models: {string.Join(", ", models)}.");
        Console.WriteLine(Dataset(plan.Dataset));
        Console.WriteLine(canMeasure ? Disk(plan) : DatasetDisk(plan.Dataset));
        for (var i = 0; i < rates.Count; i++)
        {
            var trained = plan.Runs.SelectMany(run => run.Hours)
                .Where(hours => hours.Rate.Device == rates[i].Device)
                .Select(hours => hours.Rate.Train)
                .ToList();
            var range = trained.Max() - trained.Min() < 0.5 ? Rounded(trained.Min()) : $"{Rounded(trained.Min())} to {Rounded(trained.Max())}";
            var basis = rates[i].Measured ? "Measured" : "NOT MEASURED";
            Console.WriteLine(
                $"Hours ({Letter(i)}): runs one after another on one device ({rates[i].Device}) at {range} training images/s. {basis}: {rates[i].Basis}");
        }

        if (rates.Count == 0)
        {
            Console.WriteLine(plan.Dataset.Counts is null
                ? "Hours: unknown, because the number of images is unknown."
                : "Hours: unknown, because the recipe has no rates. Set --images-per-second N, or "
                    + $"{(canMeasure ? "use --measure" : "run 'Cgh.Trainer plan --measure'")} to time a few steps of each kind of run.");
        }

        string[] Coherence(long? images) => hasCoherence ? [Count(images)] : [];

        string[] Folder(long? bytes) => canMeasure ? [Bytes(bytes)] : [];

        long? Sum(Func<RunPlan, long?> value) => plan.Runs.Any(run => value(run) is null) ? null : plan.Runs.Sum(value);
    }

    private static string Dataset(PlannedDataset dataset) => dataset switch
    {
        { Counts: null } =>
            $"Dataset {dataset.Name}: not packed yet, and the recipe does not give its number of images. "
            + "Pack it first (Cgh.DataPrep pack) or set dataset.counts.",
        { Exists: true } => $"Dataset {dataset.Name}: {Counts(dataset)}; {Bytes(dataset.Bytes)}.",
        _ => $"Dataset {dataset.Name}: does not exist yet. According to the recipe: {Counts(dataset)}; {Bytes(dataset.Bytes)} when packed. "
            + $"The number of evaluated images assumes classes of equal size.{(dataset.MissingSource is { } missing ? $" {missing}" : "")}",
    };

    private static string Counts(PlannedDataset dataset) => string.Create(
        CultureInfo.InvariantCulture,
        $"{dataset.Counts!.Classes:N0} classes, {dataset.Counts.Train:N0} training and {dataset.Counts.Test:N0} test images "
        + $"of {dataset.Side} x {dataset.Side} pixels");

    private static string DatasetDisk(PlannedDataset dataset) => dataset.Counts is null
        ? UnknownDisk
        : $"Disk: {DatasetAndLabels(dataset)}. For the size of the run folders, use 'Cgh.Trainer plan'.";

    private static string DatasetAndLabels(PlannedDataset dataset) =>
        $"dataset {Bytes(dataset.Bytes)}{(dataset.Exists ? " (exists)" : "")}, label sets {Bytes(dataset.LabelSetBytes)}";

    private static string Disk(ExperimentPlan plan)
    {
        if (plan.Disks.Count == 0)
        {
            return UnknownDisk;
        }

        var runs = $"run folders {Bytes(plan.Runs.Sum(run => run.FolderBytes))} (two checkpoints each), and one checkpoint while it is being written";
        return $"Disk: {DatasetAndLabels(plan.Dataset)}, {runs}. Needed: {string.Join("; ", plan.Disks.Select(Needed))}.";
    }

    private static string Needed(PlannedDisk disk)
    {
        var warning = disk.FreeBytes < disk.NeededBytes ? ": NOT ENOUGH" : "";
        var free = disk.FreeBytes is { } bytes ? $" ({Bytes(bytes)} free{warning})" : "";
        return $"{Bytes(disk.NeededBytes)} in {disk.Folder}{free}";
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

    private static string Bytes(long? value) => value is { } bytes ? UserText.Bytes(bytes) : Unknown;
}
