using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>The data for a report.</summary>
/// <param name="Id">Id of the experiment, or the folder's name without an <c>experiment.json</c>.</param>
/// <param name="Recipe">The recipe; null for a plain folder of run folders.</param>
/// <param name="Runs">Runs that train, in the recipe's order, or by name without a recipe.</param>
/// <param name="Stages">Runs that derive something, in the same order.</param>
/// <param name="Datasets">Datasets that the runs used.</param>
/// <param name="LabelSets">Label sets that the runs used.</param>
/// <param name="Splits">What the stages that draw easy and hard examples found.</param>
internal sealed record ReportInput(
    string Id,
    Recipe? Recipe,
    IReadOnlyList<ReportedRun> Runs,
    IReadOnlyList<ReportedRun> Stages,
    IReadOnlyList<ReportedDataset> Datasets,
    IReadOnlyList<ReportedLabelSet> LabelSets,
    IReadOnlyList<ReportedSplit> Splits)
{
    /// <summary>Runs whose folders cannot be read.</summary>
    public IReadOnlyList<UnreadableRun> Unreadable { get; init; } = [];

    /// <summary>Reads a folder of run folders.</summary>
    /// <exception cref="UserErrorException">No run has started or can be read.</exception>
    public static ReportInput Read(ExperimentFolder folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path));
        if (!Directory.Exists(path))
        {
            throw UserErrorException.Usage($"There is no experiment at {path}. Specify an experiment's id or the path of its folder.");
        }

        if (new RunFolder(path).Exists)
        {
            throw UserErrorException.Usage($"{path} is the folder of a single run. Specify its parent folder: {Path.GetDirectoryName(path)}");
        }

        var record = File.Exists(folder.Record) ? CghJson.Load<ExperimentRecord>(folder.Record) : null;
        var unreadable = new List<UnreadableRun>();
        var started = folder.Runs().Select(run => TryRead(run, unreadable)).OfType<ReportedRun>().ToList();
        if (started.Count == 0 && unreadable is [var first, ..])
        {
            throw new UserErrorException(first.Reason);
        }

        if (started.Count == 0)
        {
            throw new UserErrorException(record is null
                ? $"{path} contains no runs (no folder with a run.json). Specify a folder written by 'train' or by a recipe."
                : $"No run of {path} has started yet. Wait for the first run, or start the recipe again.");
        }

        if (started.All(run => run.Spec.Derive is not null))
        {
            throw new UserErrorException($"No run of {path} that trains has started yet, only stages. Wait for the first run.");
        }

        var found = started.Select(run => run.Name).Concat(unreadable.Select(run => run.Name));
        var waiting = (record?.Recipe.Runs ?? []).ExceptBy(found, spec => spec.Name).Select(ReportedRun.NotStarted).ToList();
        var order = (record?.Recipe.Runs ?? []).Select(spec => spec.Name).ToList();
        var all = started.Concat(waiting).OrderBy(run => order.IndexOf(run.Name) is var at && at < 0 ? int.MaxValue : at).ToList();
        var splits = started.Select(run => run.Split).OfType<ReportedSplit>().ToList();
        started.RemoveAll(run => run.Spec.Derive is not null);
        return new ReportInput(
            record?.Id ?? Path.GetFileName(path),
            record?.Recipe,
            [.. all.Where(run => run.Spec.Derive is null)],
            [.. all.Where(run => run.Spec.Derive is not null)],
            [.. started.DistinctBy(run => run.Spec.Dataset).Select(run => ReportedDataset.Find(run.Spec.Dataset, run.Record!.DatasetFolder))],
            [.. started.DistinctBy(run => (run.Spec.Dataset, run.Spec.Labels)).Select(run => ReportedLabelSet.Find(run, record?.Recipe))],
            splits)
        {
            Unreadable = unreadable,
        };
    }

    /// <summary>Whether a stage of the experiment derived the dataset.</summary>
    public bool IsDerived(string dataset) => Stages.Any(run => run.Spec.Derive is { } stage && stage.Artefacts.Any(name => dataset == $"{run.Name}/{name}"));

    private static ReportedRun? TryRead(RunFolder folder, List<UnreadableRun> unreadable)
    {
        try
        {
            return ReportedRun.Read(folder);
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            unreadable.Add(new UnreadableRun(Path.GetFileName(folder.Path), UserText.FirstLine(error)));
            return null;
        }
    }

    public ReportedDataset? DatasetOf(ReportedRun run) => Datasets.FirstOrDefault(dataset => dataset.Name == run.Spec.Dataset);
}

/// <summary>A run whose folder cannot be read.</summary>
/// <param name="Name">Name of the run's folder.</param>
/// <param name="Reason">Why, and what to do, in a line.</param>
public sealed record UnreadableRun(string Name, string Reason);

/// <summary>A dataset that runs used. The numbers are null if the dataset is no longer at the path that the run used, or cannot be read.</summary>
/// <param name="Name">Name in the specs.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Side">Height and width of the images in pixels.</param>
/// <param name="Train">Number of training images.</param>
/// <param name="Test">Number of images in the validation split.</param>
public sealed record ReportedDataset(string Name, int? Classes, int? Side, int? Train, int? Test)
{
    /// <summary>For a subset, the path of the dataset that holds its images.</summary>
    public string? SubsetOf { get; init; }

    /// <summary>Reads the description of a dataset.</summary>
    public static ReportedDataset Find(string name, string folder)
    {
        try
        {
            return Read(name, folder);
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            return new ReportedDataset(name, null, null, null, null);
        }
    }

    private static ReportedDataset Read(string name, string folder)
    {
        if (Dataset.IsSubset(folder))
        {
            var info = SubsetInfo.Load(folder);
            return new ReportedDataset(name, info.Classes, info.Side, info.Train, info.Test) { SubsetOf = info.ParentFolder(folder) };
        }

        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (!File.Exists(path))
        {
            return new ReportedDataset(name, null, null, null, null);
        }

        var manifest = CghJson.Load<DatasetManifest>(path);
        return new ReportedDataset(name, manifest.Classes.Count, manifest.Side, manifest.Train.Images, manifest.Val.Images);
    }
}

/// <summary>A label set that runs used.</summary>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="Name">Name of the label set; <c>original</c> has no noise.</param>
/// <param name="Kind">Kind of label noise; null if neither the dataset nor the recipe records it.</param>
/// <param name="Fraction">Fraction of the training labels that the noise applies to, 0 to 1; null if not recorded.</param>
/// <param name="Seed">Seed of the noise; null if not recorded.</param>
/// <param name="Pristine">Number of training examples with their original label; null if the dataset no longer exists.</param>
/// <param name="Corrupt">Number of training examples whose label differs from the original; null if the dataset no longer exists.</param>
public sealed record ReportedLabelSet(string Dataset, string Name, LabelNoiseKind? Kind, double? Fraction, uint? Seed, int? Pristine, int? Corrupt)
{
    internal static ReportedLabelSet Find(ReportedRun run, Recipe? recipe)
    {
        var name = run.Spec.Labels;
        if (name == LabelSet.Original)
        {
            return new ReportedLabelSet(run.Spec.Dataset, name, Kind: null, Fraction: 0, Seed: null, Pristine: null, Corrupt: 0);
        }

        var path = LabelSet.InfoPath(run.Record!.DatasetFolder, name);
        try
        {
            if (File.Exists(path))
            {
                var info = LabelSetInfo.Load(path);
                return new ReportedLabelSet(run.Spec.Dataset, name, info.Kind, info.Fraction, info.Seed, info.Pristine, info.Corrupt);
            }
        }
        catch (UserErrorException)
        {
            // As without the dataset: the recipe may record it.
        }

        var request = recipe?.Labels.FirstOrDefault(set => set.Name == name);
        return new ReportedLabelSet(run.Spec.Dataset, name, request?.Kind, request?.Fraction, request?.Seed, Pristine: null, Corrupt: null);
    }
}
