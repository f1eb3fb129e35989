using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;

namespace Cgh.Core.LabelQuality;

/// <summary>
/// What the tracking of a run says of each training example's label. The record of the untrained model is left out, and so are epochs that did not see the
/// example. All arrays have one entry per example.
/// </summary>
public sealed record TrackedSignals
{
    /// <summary>Mean margin: the label's logit minus the largest other one (AUM, Pleiss et al. 2020, arXiv 2001.10528).</summary>
    public required float[] Margin { get; init; }

    /// <summary>As <see cref="Margin"/>, with the margins of each epoch divided by the mean of their sizes, so that every epoch has the same weight.</summary>
    public required float[] ScaledMargin { get; init; }

    /// <summary>Mean probability, 0 to 1 (data maps, Swayamdipta et al. 2020, arXiv 2009.10795).</summary>
    public required float[] Probability { get; init; }

    /// <summary>Mean probability over the last quarter of the tracked epochs, 0 to 1.</summary>
    public required float[] LateProbability { get; init; }

    /// <summary>First tracked epoch at which the prediction was the label; -1 if never.</summary>
    public required int[] FirstLearned { get; init; }

    /// <summary>Reads the tracking of a completed run.</summary>
    /// <exception cref="UserErrorException">The run was not tracked, a file is missing or damaged, or the dataset or its labels are others.</exception>
    public static TrackedSignals Read(RunFolder folder, Dataset dataset)
    {
        var n = dataset.Manifest.Train.Images;
        var (margins, scaled, probabilities, late) = (new double[n], new double[n], new double[n], new double[n]);
        var (seen, seenLate) = (new int[n], new int[n]);
        var epochs = folder.Load().Spec.Epochs;
        var times = LearningTimes.Read(folder, dataset, each: (info, epoch, records) =>
        {
            if (epoch == 0 && info.Mode == LearningTracking.Evaluation)
            {
                return;
            }

            var scale = MeanSize(records);
            var isLate = epoch >= epochs - Math.Max(1, epochs / 4);
            for (var i = 0; i < n; i++)
            {
                var record = TrackingRecord.Read(records.AsSpan(i * TrackingRecord.Size));
                if (!record.IsSeen)
                {
                    continue;
                }

                var probability = (double)record.Probability / TrackingRecord.MaxProbability;
                seen[i]++;
                margins[i] += (double)record.Margin;
                scaled[i] += (double)record.Margin / scale;
                probabilities[i] += probability;
                if (isLate)
                {
                    seenLate[i]++;
                    late[i] += probability;
                }
            }
        });
        return new TrackedSignals
        {
            Margin = Means(margins, seen),
            ScaledMargin = Means(scaled, seen),
            Probability = Means(probabilities, seen),
            LateProbability = Means(late, seenLate),
            FirstLearned = [.. times.Records.Select(record => record.FirstLearned)],
        };
    }

    private static double MeanSize(byte[] records)
    {
        var (sum, count) = (0.0, 0);
        for (var at = 0; at < records.Length; at += TrackingRecord.Size)
        {
            var record = TrackingRecord.Read(records.AsSpan(at));
            if (record.IsSeen)
            {
                sum += Math.Abs((double)record.Margin);
                count++;
            }
        }

        // A margin is never 0.
        return count == 0 ? 1 : sum / count;
    }

    private static float[] Means(double[] sums, int[] counts)
    {
        var means = new float[sums.Length];
        for (var i = 0; i < means.Length; i++)
        {
            means[i] = (float)(sums[i] / Math.Max(1, counts[i]));
        }

        return means;
    }
}
