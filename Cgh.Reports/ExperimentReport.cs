using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.Reports;

/// <summary>Writes the report of an experiment: <c>report.md</c>, <c>results.json</c> and figures.</summary>
public static class ExperimentReport
{
    /// <summary>
    /// Reads the run folders in <paramref name="folder"/> and writes the report into it. The same run folders always give the same
    /// bytes. Unfinished and failed runs are included and marked, and so are runs that cannot be read, unless none can.
    /// </summary>
    /// <returns>The contents of <c>results.json</c>.</returns>
    /// <exception cref="Cgh.Core.UserErrorException">No run has started or can be read, or the folder cannot be written.</exception>
    public static ExperimentResults Write(ExperimentFolder folder)
    {
        var input = ReportInput.Read(folder);
        var easyHard = EasyHardReport.From(input);
        var results = ExperimentResults.From(input, easyHard);
        var parameters = ParameterFigure.Of(results.Runs);
        var maps = DataMapFigure.Of(input.Runs);
        var coherence = CoherenceFigure.Of(input.Runs);
        var text = MarkdownReport.Make(input, results, easyHard, parameters, maps, coherence);

        // The files belong together, and another process may write them, too.
        using var held = FolderLock.Take(folder.Path);

        // Not in a subfolder: the authors' analysis script treats every folder of an experiment as a run.
        foreach (var figure in Figure.All)
        {
            WriteBytes(Path.Combine(folder.Path, figure.Name + ".png"), FigurePainter.Png(figure, input.Runs));
            WriteBytes(Path.Combine(folder.Path, figure.Name + ".svg"), FigurePainter.Svg(figure, input.Runs));
        }

        foreach (var figure in parameters)
        {
            WriteBytes(Path.Combine(folder.Path, figure.Name + ".png"), ParameterFigurePainter.Png(figure));
        }

        foreach (var map in maps)
        {
            WriteBytes(Path.Combine(folder.Path, map.Name + ".png"), DataMapPainter.Png(map));
        }

        if (coherence is not null)
        {
            WriteBytes(Path.Combine(folder.Path, CoherenceFigure.Name + ".png"), CoherencePainter.Png(coherence));
            WriteBytes(Path.Combine(folder.Path, CoherenceFigure.Name + ".svg"), CoherencePainter.Svg(coherence));
        }

        if (results.EasyHard is { Count: > 0 } seeds)
        {
            WriteBytes(Path.Combine(folder.Path, EasyHardFigure.Name + ".png"), EasyHardFigure.Png(seeds));
            WriteBytes(Path.Combine(folder.Path, EasyHardFigure.Name + ".svg"), EasyHardFigure.Svg(seeds));
        }

        CghJson.Save(folder.Results, results);

        // Last, so that an existing report always has its figures.
        AtomicFile.WriteText(folder.Report, text);
        return results;
    }

    private static void WriteBytes(string path, byte[] content) => AtomicFile.Write(path, stream => stream.Write(content));
}
