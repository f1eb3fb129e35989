using System.Globalization;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Reports;

/// <summary>A row in the CSV of an evaluation set.</summary>
/// <param name="Epoch">Epochs trained before the evaluation; 0 is the untrained model.</param>
/// <param name="Count">Number of evaluated examples.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Acc1">Top-1 accuracy in percent.</param>
/// <param name="Acc5">Top-5 accuracy in percent.</param>
internal sealed record EvaluationRow(int Epoch, int Count, double Loss, double Acc1, double Acc5)
{
    public EvaluationResult Result => new(Count, Loss, Acc1, Acc5);
}

/// <summary>Reads the CSV of an evaluation set. Errors name the line.</summary>
internal static class EvaluationCsv
{
    private static readonly int s_columns = Curves.EvaluationHeader.Split(',').Length;

    /// <summary>Reads the rows of an evaluation set; returns none if the file does not exist.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or a line is malformed.</exception>
    public static IReadOnlyList<EvaluationRow> Read(RunFolder run, string set)
    {
        var path = run.Csv(set);
        string text;
        try
        {
            if (!File.Exists(path))
            {
                return [];
            }

            text = SharedFile.ReadText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)} Check the file's permissions.", error);
        }

        // Ignore an incomplete last line, which a trainer may be writing.
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length > 0 && lines[0].TrimEnd('\r') != Curves.EvaluationHeader)
        {
            throw new UserErrorException(
                $"{path} line 1 must be '{Curves.EvaluationHeader}' (got '{UserText.Shortened(lines[0])}'). Restore the file or train the run again.");
        }

        return [.. lines.Skip(1).Select((line, index) => Parse(line.TrimEnd('\r'), path, index + 2))];
    }

    private static EvaluationRow Parse(string line, string path, int number)
    {
        var fields = line.Split(',');
        return fields.Length == s_columns
            && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && TryNumber(fields[2], out var loss)
            && TryNumber(fields[3], out var acc1)
            && TryNumber(fields[4], out var acc5)
            ? new EvaluationRow(epoch, count, loss, acc1, acc5)
            : throw new UserErrorException(
                $"{path} line {number} must have {s_columns} numbers, {Curves.EvaluationHeader} (got '{UserText.Shortened(line)}'). "
                + "Restore the file or train the run again.");
    }

    private static bool TryNumber(string field, out double value) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
