using System.Globalization;
using System.Security.Cryptography;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;

namespace Cgh.Core.Tracking;

/// <summary>When a tracked run learned each of its training examples.</summary>
/// <param name="Info">What the run recorded.</param>
/// <param name="Epochs">The tracked epochs that were read, ascending; of an unfinished run, those that it has reached.</param>
/// <param name="Records">One record per training example, in their order.</param>
/// <param name="Sha256">SHA-256 of the tracking records of these epochs, one after the other, in lower-case hexadecimal.</param>
public sealed record LearningTimes(TrackingInfo Info, IReadOnlyList<int> Epochs, LearningRecord[] Records, string Sha256)
{
    /// <summary>Reads the tracking files of a run, one after the other; memory does not depend on their number.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="dataset">The run's dataset, for the labels.</param>
    /// <param name="isOver">Whether all epochs must be there, although run.json does not say yet that the run has completed.</param>
    /// <param name="each">Receives the records of each tracked epoch, in their order; the array is used again for the next one.</param>
    /// <exception cref="UserErrorException">The run was not tracked, a file is missing or damaged, or the dataset or its labels are others.</exception>
    public static LearningTimes Read(RunFolder folder, Dataset dataset, bool isOver = false, Action<TrackingInfo, int, byte[]>? each = null)
    {
        var run = folder.Load();
        CheckTracked(folder, run.Spec);
        var tracking = new TrackingFolder(folder);
        var info = tracking.LoadInfo();
        var labels = dataset.Labels(run.Spec.Labels);
        Check(tracking, info, TrackingInfo.Of(run.Spec, dataset, labels), run.DatasetFolder);
        var epochs = info.TrackedEpochs();
        if (!isOver && run.Status != RunStatus.Completed)
        {
            // A run writes one file after the other. What follows a gap is missing, not pending.
            var newest = epochs.LastOrDefault(epoch => File.Exists(tracking.File(epoch)), LearningRecord.Never);
            epochs = [.. epochs.Where(epoch => epoch <= newest)];
        }

        if (epochs.Count == 0)
        {
            throw new UserErrorException($"{folder.Path} has not recorded an epoch yet. Resume the run with: Cgh.Trainer resume {folder.Path}");
        }

        var sums = new LearningSums(info.Examples);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var records = new byte[info.Examples * TrackingRecord.Size];
        foreach (var epoch in epochs)
        {
            tracking.Read(epoch, records);
            hash.AppendData(records);
            sums.Add(epoch, records);
            each?.Invoke(info, epoch, records);
        }

        var original = dataset.OriginalLabels(Split.Train);
        return new LearningTimes(
            info,
            epochs,
            [.. labels.Labels.Select((given, example) => sums.Of(example, (int)given, (int)original[example]))],
            Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Checks that a run was tracked.</summary>
    /// <exception cref="UserErrorException">It was not.</exception>
    public static void CheckTracked(RunFolder folder, RunSpec spec)
    {
        if (spec.TrackLearning == LearningTracking.Off)
        {
            throw UserErrorException.Final(
                $"{folder.Path} has no record of what it learned. Train a new run with: Cgh.Trainer train --track-learning evaluation "
                + "(in a recipe: \"trackLearning\": \"evaluation\").");
        }
    }

    /// <summary>Checks that the tracking files are those of a run with <paramref name="expected"/>.</summary>
    /// <exception cref="UserErrorException">They are not; the message says what differs.</exception>
    public static void Check(TrackingFolder tracking, TrackingInfo found, TrackingInfo expected, string dataset)
    {
        var difference = (found.Mode, found.Every, found.Epochs) != (expected.Mode, expected.Every, expected.Epochs)
            ? string.Create(CultureInfo.InvariantCulture, $"it records {Text(found)}, the run's spec {Text(expected)}")
            : (found.Dataset, found.Examples) != (expected.Dataset, expected.Examples) ? $"it is of another dataset than {dataset}"
            : (found.Labels, found.LabelsSha256) != (expected.Labels, expected.LabelsSha256) ? $"the labels '{expected.Labels}' are not those that it is of"
            : null;
        if (difference is not null)
        {
            throw new UserErrorException($"{tracking.Info} does not fit the run: {difference}. Restore the file and the data, or train a new run.");
        }
    }

    private static string Text(TrackingInfo info) => string.Create(
        CultureInfo.InvariantCulture, $"'{info.Mode.ToString().ToLowerInvariant()}' every {info.Every} of {info.Epochs} epochs");
}
