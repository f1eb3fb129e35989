using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>All that a report is made from.</summary>
/// <param name="Id">The experiment's id, or the folder's name where there is no <c>experiment.json</c>.</param>
/// <param name="Recipe">Null for a plain folder of run folders.</param>
/// <param name="Runs">In the recipe's order where there is one, else by name.</param>
/// <param name="Datasets">What is known of the datasets that the runs used.</param>
/// <param name="LabelSets">What is known of the label sets that the runs used.</param>
internal sealed record ReportInput(
    string Id,
    Recipe? Recipe,
    IReadOnlyList<ReportedRun> Runs,
    IReadOnlyList<ReportedDataset> Datasets,
    IReadOnlyList<ReportedLabelSet> LabelSets)
{
    /// <summary>Reads a folder of run folders.</summary>
    /// <exception cref="UserErrorException">No run has begun in it, or a file in it is not readable.</exception>
    public static ReportInput Read(ExperimentFolder folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path));
        if (!Directory.Exists(path))
        {
            throw UserErrorException.Usage($"There is no experiment at {path}. Give an experiment's id or the path of its folder.");
        }

        if (new RunFolder(path).Exists)
        {
            throw UserErrorException.Usage($"{path} is the folder of one run. Give the folder that it lies in: {Path.GetDirectoryName(path)}");
        }

        var record = File.Exists(folder.Record) ? CghJson.Load<ExperimentRecord>(folder.Record) : null;
        var begun = folder.Runs().Select(ReportedRun.Read).ToList();
        if (begun.Count == 0)
        {
            throw new UserErrorException(record is null
                ? $"{path} holds no runs (no folder with a run.json in it). Give a folder that 'train' or a recipe wrote."
                : $"No run of {path} has begun yet, so there is nothing to report. Wait for the first run, or start the recipe again.");
        }

        var waiting = (record?.Recipe.Runs ?? []).Where(spec => begun.All(run => run.Name != spec.Name)).Select(ReportedRun.NotBegun).ToList();
        var order = (record?.Recipe.Runs ?? []).Select(spec => spec.Name).ToList();
        return new ReportInput(
            record?.Id ?? Path.GetFileName(path),
            record?.Recipe,
            [.. begun.Concat(waiting).OrderBy(run => order.IndexOf(run.Name) is var at && at < 0 ? int.MaxValue : at)],
            [.. begun.DistinctBy(run => run.Spec.Dataset).Select(run => ReportedDataset.Find(run.Spec.Dataset, run.Record!.DatasetFolder))],
            [.. begun.DistinctBy(run => (run.Spec.Dataset, run.Spec.Labels)).Select(run => ReportedLabelSet.Find(run, record?.Recipe))]);
    }

    public ReportedDataset? DatasetOf(ReportedRun run) => Datasets.FirstOrDefault(dataset => dataset.Name == run.Spec.Dataset);
}

/// <summary>A dataset that runs used.</summary>
/// <param name="Name">As the runs' specs name it.</param>
/// <param name="Classes">Number of classes; null when the dataset is no longer where the run found it, as are the others.</param>
/// <param name="Side">Height and width of its images in pixels.</param>
/// <param name="Train">Training images.</param>
/// <param name="Test">Images of the validation split.</param>
public sealed record ReportedDataset(string Name, int? Classes, int? Side, int? Train, int? Test)
{
    internal static ReportedDataset Find(string name, string folder)
    {
        var path = Path.Combine(folder, DatasetManifest.FileName);
        if (!File.Exists(path))
        {
            return new ReportedDataset(name, null, null, null, null);
        }

        var manifest = CghJson.Load<DatasetManifest>(path);
        return new ReportedDataset(name, manifest.Classes.Count, manifest.Side, manifest.Train.Images, manifest.Val.Images);
    }
}

/// <summary>Labels that runs were trained on.</summary>
/// <param name="Dataset">Name of their dataset.</param>
/// <param name="Name">Name of the label set; <c>original</c> has no noise.</param>
/// <param name="Kind">What became of the labels that were changed; null when neither dataset nor recipe tells.</param>
/// <param name="Fraction">Share of the training labels that were chosen for that, 0 to 1; null likewise.</param>
/// <param name="Seed">What they were drawn with; null likewise.</param>
/// <param name="Pristine">Training examples that have their original label; null when the dataset is gone.</param>
/// <param name="Corrupt">Training examples whose label differs from the original; null when the dataset is gone.</param>
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
        if (File.Exists(path))
        {
            var info = CghJson.Load<LabelSetInfo>(path);
            return new ReportedLabelSet(run.Spec.Dataset, name, info.Kind, info.Fraction, info.Seed, info.Pristine, info.Corrupt);
        }

        var asked = recipe?.Labels.FirstOrDefault(set => set.Name == name);
        return new ReportedLabelSet(run.Spec.Dataset, name, asked?.Kind, asked?.Fraction, asked?.Seed, Pristine: null, Corrupt: null);
    }
}
