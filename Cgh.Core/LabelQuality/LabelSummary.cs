using System.Globalization;
using Cgh.Core.Datasets;

namespace Cgh.Core.LabelQuality;

/// <summary>Summarizes a report: classes, pairs, and what the reader must know.</summary>
public static class LabelSummary
{
    private const int MaxPairs = 20;

    /// <summary>Makes the summary.</summary>
    /// <param name="findings">What the report says of each example.</param>
    /// <param name="judgement">The cut.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="labels">The label set in question.</param>
    /// <param name="run">Folder of the run.</param>
    /// <param name="score">Name of the score.</param>
    /// <param name="signals">What the run was trained on.</param>
    /// <param name="predicted">How often the final model predicts each class.</param>
    public static LabelReportInfo Make(
        IReadOnlyList<LabelFinding> findings, LabelJudgement judgement, Dataset dataset, LabelSet labels, string run, string score, LabelSignals signals,
        IReadOnlyList<int> predicted)
    {
        var inQuestion = Array.ConvertAll(labels.Labels, label => (int)label);
        var planted = inQuestion.Where((label, i) => label != signals.Given[i]).Count();
        var classes = Classes(findings, dataset.Manifest.Classes, predicted);
        return new LabelReportInfo
        {
            DatasetFolder = Path.GetFullPath(dataset.Folder),
            Dataset = dataset.Checksum(),
            Labels = labels.Info.Name,
            LabelsSha256 = LabelSet.ChecksumOf(labels.Labels),
            Run = run,
            Score = score,
            Examples = findings.Count,
            Planted = planted,
            Cut = judgement.Cut,
            Classes = classes,
            Pairs =
            [
                .. findings.Where(finding => finding.IsSuspect)
                    .GroupBy(finding => (finding.Given, finding.Suggested))
                    .Select(pair => new ConfusedPair(pair.Key.Given, pair.Key.Suggested, pair.Count()))
                    .OrderByDescending(pair => pair.Suspects).ThenBy(pair => pair.Given).ThenBy(pair => pair.Suggested)
                    .Take(MaxPairs),
            ],
            Notes = [.. Notes(findings, classes, dataset.Manifest)],
            Created = DateTimeOffset.UtcNow,
        };
    }

    private static IReadOnlyList<ClassHealth> Classes(IReadOnlyList<LabelFinding> findings, IReadOnlyList<string> names, IReadOnlyList<int> predicted)
    {
        var given = findings.ToLookup(finding => finding.Given);
        var suggested = findings.Where(finding => finding.IsSuspect).ToLookup(finding => finding.Suggested);
        return
        [
            .. names.Select((name, label) =>
            {
                var examples = given[label].Count();
                var note = examples == 0 ? "It has no training examples."
                    : examples < LabelJudgement.MinClassExamples ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"Too small to judge: a class needs {LabelJudgement.MinClassExamples} examples. Look at all of them.")
                    : predicted[label] == 0 ? "The model never predicts it: its labels look wrong whether they are or not. Train for longer, or add images."
                    : null;
                return new ClassHealth(name, examples, given[label].Count(finding => finding.IsSuspect), suggested[label].Count(), note);
            }),
        ];
    }

    private static IEnumerable<string> Notes(IReadOnlyList<LabelFinding> findings, IReadOnlyList<ClassHealth> classes, DatasetManifest manifest)
    {
        if (manifest.Selection is { Holdout: > 0 })
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Images that were held out for testing, and were not judged: {manifest.Val.Images}. To judge them, pack the images again under another "
                + $"name and with another --seed of --holdout.");
        }

        if (findings.Count(finding => finding.Kind == SuspectKind.Rare) is > 0 and var rare)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Suspects that look like no class, which can be rare examples or images of none: {rare}. Look at them before you change their labels.");
        }

        if (findings.Count(finding => finding.Twin != LabelFinding.NoExample) is > 0 and var twins)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Images with a nearly identical one in the training set (column twin): {twins}.");
        }

        if (classes.Count(entry => entry.Note is not null) is > 0 and var unjudged)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Classes that cannot be judged, or only with care: {unjudged} of {classes.Count}; see the notes of the classes in {LabelReport.Json}.");
        }
    }
}
