using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.Core.LabelQuality;

/// <summary>Makes a corrected label set from the decisions of a review.</summary>
public static class LabelCorrection
{
    /// <summary>Opens the dataset that a report is about, wherever it is now.</summary>
    /// <param name="report">The report's summary.</param>
    /// <param name="data">The data folder, in which a dataset that was moved is looked for by its name; null for none.</param>
    /// <exception cref="UserErrorException">The dataset is not there, or has changed since the report was written.</exception>
    public static Dataset OpenDataset(LabelReportInfo report, DataFolder? data)
    {
        var named = data is null ? null : Path.Combine(data.Datasets, Path.GetFileName(Path.TrimEndingDirectorySeparator(report.DatasetFolder)));
        var folder = !Dataset.Exists(report.DatasetFolder) && named is not null && Dataset.Exists(named) ? named : report.DatasetFolder;
        var dataset = Dataset.Open(folder);
        try
        {
            return dataset.Checksum() == report.Dataset
                ? dataset
                : throw new UserErrorException(
                    $"{folder} has changed since the report on its labels was written: its checksum is another. Restore the dataset, or write the report "
                    + "again.");
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Creates a label set with the decisions that reviewers agree on. Examples that are unsure or disputed keep their label.</summary>
    /// <param name="review">The review, with all decisions.</param>
    /// <param name="dataset">The dataset that the report is about.</param>
    /// <param name="name">Name of the label set.</param>
    /// <exception cref="UserErrorException">
    /// The labels in question have changed since the report was written, no decision changes a label, the name is invalid, or other labels have it.
    /// </exception>
    public static LabelSet Apply(LabelReview review, Dataset dataset, string name)
    {
        var report = review.Report;
        var given = dataset.Labels(report.Labels);
        if (given.Labels.Length != report.Examples || LabelSet.ChecksumOf(given.Labels) != report.LabelsSha256)
        {
            throw new UserErrorException(
                $"Label set '{report.Labels}' of {dataset.Folder} has changed since the report was written. Restore it, or write the report again.");
        }

        long[] labels = [.. given.Labels];
        var (verdicts, lines, sha256) = review.Snapshot();
        foreach (var (index, verdict) in verdicts)
        {
            labels[index] = verdict.Label ?? labels[index];
        }

        var changed = LabelNoise.CountCorrupt(given.Labels, labels);
        if (changed == 0)
        {
            throw UserErrorException.Usage($"No decision in {review.DecisionsPath} changes a label. Accept a suggestion or choose another class first.");
        }

        var set = LabelSet.Derive(dataset, name, given, labels, new LabelSetDecisions
        {
            File = review.DecisionsPath,
            Lines = lines,
            Sha256 = sha256,
            Changed = changed,
            Accepted = Count(verdicts, verdict => Kind(verdict) == DecisionKind.Accept),
            Other = Count(verdicts, verdict => Kind(verdict) == DecisionKind.Other),
            Kept = Count(verdicts, verdict => Kind(verdict) == DecisionKind.Keep),
            Unsure = Count(verdicts, verdict => verdict.State == VerdictState.Unsure),
            Disputed = Count(verdicts, verdict => verdict.State == VerdictState.Disputed),
            Reviewers =
            [
                .. verdicts.SelectMany(pair => pair.Verdict.Decisions).Select(decision => decision.Reviewer).Distinct().Order(StringComparer.Ordinal),
            ],
        });
        CorrectionHistory.Add(review.Folder, new LabelCorrectionRecord { LabelSet = set.Info.Name, Changed = changed, Created = set.Info.Created });
        return set;
    }

    // What the reviewers agree on.
    private static DecisionKind? Kind(LabelVerdict verdict) =>
        verdict.State == VerdictState.Decided ? verdict.Decisions.Last(decision => decision.Label == verdict.Label).Decision : null;

    private static int Count(IReadOnlyList<(int Index, LabelVerdict Verdict)> verdicts, Func<LabelVerdict, bool> counts) =>
        verdicts.Count(pair => counts(pair.Verdict));
}
