using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Reports;

/// <summary>What a stage that draws easy and hard examples found: which training examples a run had learned.</summary>
/// <param name="Name">Name of the stage.</param>
/// <param name="Kind">Kind of the stage.</param>
/// <param name="From">Name of the run; null if not recorded.</param>
/// <param name="Learned">Indices of the training examples that the run classified correctly at its end.</param>
/// <param name="NotLearned">Indices of those that it classified wrongly.</param>
internal sealed record ReportedSplit(string Name, StageKind Kind, string? From, IReadOnlyList<int> Learned, IReadOnlyList<int> NotLearned)
{
    /// <summary>Reads a stage's folder; null if it has not split the training set.</summary>
    /// <exception cref="UserErrorException">A file is not readable.</exception>
    public static ReportedSplit? Read(RunFolder folder)
    {
        if (ReadIndices(folder, StageSpec.LearnedFile) is not { } learned || ReadIndices(folder, StageSpec.NotLearnedFile) is not { } notLearned)
        {
            return null;
        }

        var stage = folder.Load().Spec.Derive;
        return new ReportedSplit(Path.GetFileName(folder.Path), stage?.Kind ?? StageKind.Split, stage?.From, learned, notLearned);
    }

    private static int[]? ReadIndices(RunFolder folder, string file)
    {
        var path = Path.Combine(folder.Path, file);
        if (!File.Exists(path))
        {
            return null;
        }

        var lines = SharedFile.ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not [IndexFile.Column, ..])
        {
            throw Malformed(path, 1, $"'{IndexFile.Column}'", lines.FirstOrDefault(""));
        }

        return
        [
            .. lines.Skip(1).Select((line, row) => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : throw Malformed(path, row + 2, "an index", line)),
        ];
    }

    private static UserErrorException Malformed(string path, int line, string expected, string actual) =>
        new($"{path} line {line} must be {expected} (got '{UserText.Shortened(actual)}'). Restore the file, or run the stage again.");
}
