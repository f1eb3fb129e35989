using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.Reports;

/// <summary>Writes what an experiment showed: <c>report.md</c>, <c>results.json</c> and the pictures beside them.</summary>
public static class ExperimentReport
{
    /// <summary>
    /// Reads the run folders in <paramref name="folder"/> and writes the report into it. The same run folders give the same
    /// bytes; unfinished and failed runs are in it and said to be so.
    /// </summary>
    /// <returns>The figures that <c>results.json</c> holds.</returns>
    /// <exception cref="Cgh.Core.UserErrorException">No run has begun, a file is not readable, or the folder cannot be written.</exception>
    public static ExperimentResults Write(ExperimentFolder folder)
    {
        var input = ReportInput.Read(folder);
        var results = ExperimentResults.From(input);
        var text = MarkdownReport.Make(input, results);

        // Not in a folder of their own: the authors' analysis script takes every folder of an experiment for a run.
        foreach (var figure in Figure.All)
        {
            WriteBytes(Path.Combine(folder.Path, figure.Name + ".png"), FigurePainter.Png(figure, input.Runs));
            WriteBytes(Path.Combine(folder.Path, figure.Name + ".svg"), FigurePainter.Svg(figure, input.Runs));
        }

        CghJson.Save(folder.Results, results);

        // Last, so that a report that is there has its pictures.
        AtomicFile.WriteText(folder.Report, text);
        return results;
    }

    private static void WriteBytes(string path, byte[] content) => AtomicFile.Write(path, stream => stream.Write(content));
}
