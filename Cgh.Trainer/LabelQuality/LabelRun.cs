using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Commands;
using Cgh.Trainer.Native;
using Cgh.Trainer.Planning;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.LabelQuality;

/// <summary>The run that judges the labels of a folder of images or a dataset: packs the images, plants errors, chooses the training, and trains.</summary>
internal static class LabelRun
{
    /// <summary>Returns the folder of a dataset; packs the images if it is a source.</summary>
    /// <param name="given">Name or path of a dataset, path of a source, or name of one.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="options">What the user chose.</param>
    /// <param name="cancellationToken">Ends packing; finished shards are kept.</param>
    /// <exception cref="UserErrorException">There is nothing of that name, or it cannot be packed.</exception>
    public static async Task<string> DatasetAsync(string given, DataFolder data, LabelTrainingOptions options, CancellationToken cancellationToken)
    {
        var folder = data.Dataset(given);
        var isNamed = NamedSource.Find(given) is not null;

        // Images in the current folder come before a dataset of their name, which is probably made from them.
        var isSource = !isNamed && !Dataset.Exists(given) && (Directory.Exists(given) || File.Exists(given));
        if (!isSource && Dataset.Exists(folder))
        {
            return options.Side is null ? folder : throw UserErrorException.Usage($"--side cannot be used with {folder}, which has been packed. Leave it out.");
        }

        var source = isNamed ? given : Path.GetFullPath(given);
        if (!isNamed && !isSource)
        {
            // Says that there is no such dataset, with the nearest name.
            using var missing = Dataset.Open(folder);
        }

        var (side, isFitted) = (LabelTraining.SideOf(options), LabelTraining.IsSideFitted(options));
        var request = new DatasetRequest { Name = DatasetName(source), Source = source, Side = side, ShortSide = side };
        var packed = Path.Combine(data.Datasets, request.Name);
        if (Dataset.Exists(packed))
        {
            using var dataset = Dataset.Open(packed);
            CheckSame(dataset, request, isFitted);
            CheckUnchanged(dataset, source);
        }
        else
        {
            await DataPrepProgram.PackAsync(request, isFitted, data, cancellationToken);
        }

        return packed;
    }

    // Two folders can have the same name.
    private static void CheckSame(Dataset dataset, DatasetRequest request, bool isFitted)
    {
        var side = dataset.Manifest.Side;
        if (dataset.Manifest.Source != request.Source || !(side == request.Side || (isFitted && side < request.Side)))
        {
            throw new UserErrorException(
                $"There is a dataset {dataset.Folder}, packed from {dataset.Manifest.Source} at {side} pixels, not from {request.Source} "
                + $"at {request.Side}. To use it, give that path; otherwise delete it or rename your folder.");
        }
    }

    // Users who have moved files to other classes expect their images to be judged as they are now.
    private static void CheckUnchanged(Dataset dataset, string source)
    {
        var packed = dataset.Manifest.Created.UtcDateTime;
        FileSystemInfo root = Directory.Exists(source) ? new DirectoryInfo(source) : new FileInfo(source);
        var changed = root is DirectoryInfo images
            ? images.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Prepend(root).FirstOrDefault(entry => entry.LastWriteTimeUtc > packed)
            : root.Exists && root.LastWriteTimeUtc > packed ? root : null;
        if (changed is not null)
        {
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture,
                $"{changed.FullName} has changed since {dataset.Folder} was packed, {packed:u}. To judge the images as they are now, "
                + $"delete that folder and rerun the command; to judge them as packed, use: Cgh.Trainer labels {dataset.Folder}"));
        }
    }

    private static string DatasetName(string source)
    {
        var file = Path.GetFileName(Path.TrimEndingDirectorySeparator(source));
        var name = string.Concat(file.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-'));
        return DataFolder.IsName(name) ? name : "images";
    }

    /// <summary>Prepares the run: creates the labels with planted errors, and finds the run of an earlier call.</summary>
    /// <param name="datasetFolder">Folder of the dataset.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="labels">The label set in question; null for the original one.</param>
    /// <param name="planted">Share of planted errors; null for the default.</param>
    /// <param name="options">What the user chose.</param>
    /// <exception cref="UserErrorException">The labels cannot be judged, an option is invalid, or an earlier call had other options.</exception>
    public static AttemptSettings Prepare(string datasetFolder, DataFolder data, string? labels, double? planted, LabelTrainingOptions options)
    {
        using var dataset = Dataset.Open(datasetFolder);
        var inQuestion = dataset.Labels(labels ?? LabelSet.Original);
        LabelJudgement.Check([.. inQuestion.Labels.Select(label => (int)label)], dataset.Manifest.Classes.Count);
        var share = planted ?? LabelTraining.PlantedShare(inQuestion.Labels.Length);
        if (share is not (>= 0 and <= 0.5))
        {
            throw UserErrorException.Usage(FormattableString.Invariant($"--planted must be between 0 and 0.5 (it is {share})."));
        }

        var trained = share == 0 ? inQuestion : LabelSet.Create(dataset, new LabelSetRequest
        {
            Kind = LabelNoiseKind.Plant,
            From = inQuestion.Info.Name,
            Fraction = share,
            Seed = options.Seed,
        });
        var spec = LabelTraining.Choose("train", dataset, trained.Info.Name, options);
        RunSpecRules.Check(spec, "labels");

        // Named after what it trains on, so that the same command finds it again.
        var folder = new RunFolder(Path.Combine(data.Experiment($"labels-{Path.GetFileName(datasetFolder)}-{trained.Info.Name}"), spec.Name));
        Console.WriteLine(LabelTraining.Describe(spec, dataset));
        if (!folder.Exists)
        {
            return AttemptSettings.New(spec, folder, Path.GetFullPath(datasetFolder), verifyData: true, number: null);
        }

        var record = folder.Load();
        var tracking = new TrackingFolder(folder);
        if (File.Exists(tracking.Info) && tracking.LoadInfo().Dataset != dataset.Checksum())
        {
            throw new UserErrorException(
                $"{folder.Path} was trained before {datasetFolder} was packed again. Move it away, with the reviews of its reports, to train on the images as "
                + "they are now.");
        }

        return record.Spec == spec
            ? new AttemptSettings(folder, record.DatasetFolder, record, VerifyData: true, Number: null)
            : throw new UserErrorException(
                $"{folder.Path} was trained with other options. Judge it with: Cgh.Trainer labels {folder.Path}; or delete it to train again.");
    }

    /// <summary>Trains, or resumes; does nothing if it has completed.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="UserErrorException">The training failed.</exception>
    public static async Task<int> TrainAsync(AttemptSettings run, CancellationToken cancellationToken)
    {
        if (run.Record.Status == RunStatus.Completed)
        {
            Console.WriteLine($"{run.Folder.Path} has been trained.");
            return 0;
        }

        if (!run.Folder.Exists)
        {
            await MainThread.RunAsync(() =>
            {
                PrintExpectedTime(run.Record, cancellationToken);
                return 0;
            });
        }

        return await ForegroundAttempt.RunAsync(run, supervised: false, cancellationToken);
    }

    private static void PrintExpectedTime(RunRecord record, CancellationToken cancellationToken)
    {
        using var dataset = Dataset.Open(record.DatasetFolder);
        var (images, side) = (dataset.Manifest.Train.Images, dataset.Manifest.Side);
        var rate = new RateMeasurement(record.DatasetFolder, dataset.Manifest.Classes.Count, side, _ => { }, cancellationToken).Of(record.Spec);
        var evaluated = images + dataset.Manifest.Val.Images;
        var seconds = (images * (double)record.Spec.Epochs / rate.Train) + (evaluated * (record.Spec.Epochs + 1.0) / rate.Evaluate);
        Console.WriteLine($"Expected time: {UserText.Duration(seconds)}. It can be interrupted: rerun the command to resume.");
    }
}
