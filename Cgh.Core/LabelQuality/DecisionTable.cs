using System.Globalization;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Files;

namespace Cgh.Core.LabelQuality;

/// <summary>The decisions as a table: a row for the last decision of each reviewer about each example.</summary>
public static class DecisionTable
{
    /// <summary>Its columns; labels are class indices, and an unsure decision has none.</summary>
    public const string Header = "index,file,given,suggested,decision,label,reviewer,time";

    /// <summary>Writes the table as CSV, by example.</summary>
    /// <param name="review">The review.</param>
    /// <param name="dataset">The dataset, for the names of the images' files; null leaves them empty.</param>
    /// <param name="writer">Receives the table.</param>
    /// <exception cref="UserErrorException">The list of file names cannot be read.</exception>
    public static void Write(LabelReview review, Dataset? dataset, TextWriter writer)
    {
        var files = dataset is null ? null : Tracking.LearningFiles.Names(dataset);
        writer.Write(Header + "\n");
        foreach (var (index, verdict) in review.Verdicts())
        {
            foreach (var decision in verdict.Decisions)
            {
                writer.Write(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{index},{CsvField.Quoted(files?[index] ?? "")},{review.Given(index)},{review.Suggested(index)},"
                    + $"{decision.Decision.ToString().ToLowerInvariant()},{decision.Label},{CsvField.Quoted(decision.Reviewer)},{decision.Time:O}\n"));
            }
        }
    }

    /// <summary>Writes the table to a file.</summary>
    /// <inheritdoc cref="Write(LabelReview, Dataset?, TextWriter)" path="/exception"/>
    public static void Write(LabelReview review, Dataset? dataset, string path) => OutputFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        Write(review, dataset, writer);
    });
}
