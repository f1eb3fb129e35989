using System.Globalization;
using Cgh.Core.Numpy;

namespace Cgh.Core.LabelQuality;

/// <summary>
/// Finds how many labels are wrong, and which scores are those of wrong labels, from the scores of planted errors. Of all labels, a share <c>p</c> is
/// wrong, and the wrong ones are assumed to score as the planted ones do. So of the labels that score at least <c>t</c>, <c>p F(t)</c> are wrong, where
/// <c>F(t)</c> is that share of the planted ones, and <c>p</c> is at most the ratio of the two shares. Where right labels seldom score that high, the ratio is
/// about <c>p</c>: the estimate is the one with the smallest upper confidence bound (as in best bin estimation, Garg et al. 2021, arXiv 2111.00980; the bound
/// here is that of the ratio's normal approximation). A planted error in a wrong label is right by chance, more often with fewer classes: both estimates
/// allow for that. The cut has the largest estimated F1.
/// </summary>
public static class PlantedCut
{
    /// <summary>Smallest number of planted errors that gives an estimate.</summary>
    public const int MinPlanted = 10;

    // Standard errors of the upper bound. The smallest of many bounds is taken: with fewer, it is often that of a few scores that are low by chance.
    private const double Bound = 3;
    private const int Repeats = 200;
    private const double MinDeterminant = 0.1;

    // Width of the interval of the share of wrong labels from which the cut deserves a warning.
    private const double MaxWidth = 0.2;
    private const string Uncertain = " The estimates are uncertain: the planted errors score much like other labels. Trust the order more than the cut, and "
        + "review the list before you correct anything.";

    /// <summary>Finds the cut.</summary>
    /// <param name="scores">Scores of the labels in question, without the planted errors; higher is more suspicious.</param>
    /// <param name="planted">Scores of the planted errors, at least <see cref="MinPlanted"/>.</param>
    /// <param name="classes">Number of classes that errors were planted into, at least 2.</param>
    /// <param name="seed">Seed of the bootstrap that gives the intervals.</param>
    /// <exception cref="ArgumentException">There are no scores, or too few planted ones.</exception>
    public static LabelCut Find(ReadOnlySpan<double> scores, ReadOnlySpan<double> planted, int classes, uint seed)
    {
        if (scores.IsEmpty || planted.Length < MinPlanted)
        {
            throw new ArgumentException($"There must be a score and {MinPlanted} planted ones.", nameof(planted));
        }

        // Thresholds are the planted scores, highest first: between two of them, the share of planted errors above does not change.
        double[] thresholds = [.. planted.ToArray().Distinct().OrderDescending()];
        var (bins, plantedBins) = (Bins(scores, thresholds), Bins(planted, thresholds));
        var shares = new Shares(Above(bins, thresholds.Length), Above(plantedBins, thresholds.Length), scores.Length, planted.Length, classes);
        var rate = shares.NoiseRate();
        var at = Enumerable.Range(0, thresholds.Length).MaxBy(i => shares.F1(i, rate));
        var found = shares.Counts[at];
        var intervals = Bootstrap(bins, plantedBins, thresholds.Length, at, classes, seed);
        return new LabelCut
        {
            Threshold = thresholds[at],
            Suspects = found,
            NoiseRate = intervals.Rate with { Value = rate },
            Precision = intervals.Precision with { Value = shares.Precision(at, rate) },
            Recall = intervals.Recall with { Value = shares.Recall(at, rate) },
            Reason = string.Create(
                CultureInfo.InvariantCulture,
                $"The cut has the largest estimated F1 by {planted.Length} planted errors. The estimates hold if wrong labels are like planted ones, which "
                + $"are random classes. A class that was mistaken for a similar one is harder to find: then there are more wrong labels than estimated, and "
                + $"fewer of them are found."
                + $"{(intervals.Rate.High - intervals.Rate.Low > MaxWidth ? Uncertain : "")}"),
        };
    }

    // For each score the first threshold that it reaches; the number of thresholds if it reaches none.
    private static int[] Bins(ReadOnlySpan<double> scores, double[] thresholds)
    {
        double[] ascending = [.. thresholds.Reverse()];
        var bins = new int[scores.Length];
        for (var i = 0; i < bins.Length; i++)
        {
            var at = Array.BinarySearch(ascending, scores[i]);
            var below = at >= 0 ? at : ~at - 1;
            bins[i] = thresholds.Length - 1 - below;
        }

        return bins;
    }

    private static int[] Above(ReadOnlySpan<int> bins, int thresholds)
    {
        var counts = new int[thresholds + 1];
        foreach (var bin in bins)
        {
            counts[bin]++;
        }

        for (var i = 1; i < counts.Length; i++)
        {
            counts[i] += counts[i - 1];
        }

        return counts[..thresholds];
    }

    private static (Estimate Rate, Estimate Precision, Estimate Recall) Bootstrap(
        int[] bins, int[] planted, int thresholds, int at, int classes, uint seed)
    {
        var random = new RandomState(seed);
        var (rates, precisions, recalls) = (new double[Repeats], new double[Repeats], new double[Repeats]);
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var shares = new Shares(Above(Drawn(bins), thresholds), Above(Drawn(planted), thresholds), bins.Length, planted.Length, classes);
            rates[repeat] = shares.NoiseRate();
            precisions[repeat] = shares.Precision(at, rates[repeat]);
            recalls[repeat] = shares.Recall(at, rates[repeat]);
        }

        return (Interval(rates), Interval(precisions), Interval(recalls));

        int[] Drawn(int[] from)
        {
            var drawn = random.RandInt(from.Length, from.Length);
            return Array.ConvertAll(drawn, i => from[i]);
        }

        static Estimate Interval(double[] values)
        {
            Array.Sort(values);
            return new Estimate(double.NaN, values[(int)(0.025 * Repeats)], values[(int)(0.975 * Repeats) - 1]);
        }
    }

    // Number of labels, and of planted errors, that reach each threshold.
    private readonly record struct Shares(int[] Counts, int[] Planted, int Labels, int Errors, int Classes)
    {
        public double NoiseRate()
        {
            var (best, rate) = (double.PositiveInfinity, 1.0);
            for (var i = 0; i < Counts.Length; i++)
            {
                // The relative variances of the two shares add up. One label more, so that a share of zero has a bound, too.
                var (labels, errors) = (Counts[i] + 1.0, (double)Planted[i]);
                var deviation = Math.Sqrt((1 / labels) - (1 / (Labels + 1.0)) + (1 / errors) - (1.0 / Errors));
                var upper = labels / Labels / (errors / Errors) * Math.Exp(Bound * deviation);
                if (Planted[i] >= MinPlanted && upper < best)
                {
                    (best, rate) = (upper, (double)Counts[i] / Labels / (errors / Errors));
                }
            }

            // Of the planted errors, p / (classes - 1) are right, so the ratio is p / (1 - p / (classes - 1)).
            return Math.Min(1, rate / (1 + (rate / (Classes - 1))));
        }

        public double Recall(int threshold, double rate)
        {
            // What planted errors and labels have of wrong and right ones are two equations for the share of wrong ones. Near chance they are nearly one.
            var (planted, labels, right) = ((double)Planted[threshold] / Errors, (double)Counts[threshold] / Labels, rate / (Classes - 1));
            var determinant = 1 - rate - right;
            return determinant < MinDeterminant ? planted : Math.Clamp((((1 - rate) * planted) - (right * labels)) / determinant, planted, 1);
        }

        public double Precision(int threshold, double rate) =>
            Counts[threshold] == 0 ? 1 : Math.Min(1, rate * Recall(threshold, rate) * Labels / Counts[threshold]);

        // No more labels are wrong and found than are found.
        public double F1(int threshold, double rate)
        {
            var share = (double)Counts[threshold] / Labels;
            return share + rate > 0 ? 2 * Math.Min(rate * Recall(threshold, rate), share) / (share + rate) : 0;
        }
    }
}
