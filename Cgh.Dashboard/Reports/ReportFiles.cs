using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Dashboard.Parts;

namespace Cgh.Dashboard.Reports;

/// <summary>Reports of experiments, where this machine has the data folder; a dashboard elsewhere has none to offer.</summary>
/// <param name="data">Null when the host has no data folder.</param>
public sealed class ReportFiles(DataFolder? data)
{
    private static readonly Dictionary<string, string> s_contentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = "text/plain; charset=utf-8",
        [".json"] = "application/json",
        [".png"] = "image/png",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>The experiment's folder; null when it is not on this machine.</summary>
    public string? FolderOf(string experiment) =>
        data is not null && DataFolder.IsName(experiment) && Path.Combine(data.Experiments, experiment) is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>The files that make up the report, as its text refers to them: text first, then results and pictures. None while there is no report.</summary>
    public IReadOnlyList<string> List(string experiment)
    {
        if (FolderOf(experiment) is not { } folder || !File.Exists(new ExperimentFolder(folder).Report))
        {
            return [];
        }

        return
        [
            .. new DirectoryInfo(folder).EnumerateFiles()
                // A link could lead out of the folder; the trainer makes none.
                .Where(file => s_contentTypes.ContainsKey(file.Extension) && file.LinkTarget is null)
                .Select(file => file.Name)
                .Where(file => file != ExperimentRecord.FileName)
                .OrderBy(file => Path.GetExtension(file) != ".md")
                .ThenBy(file => file, StringComparer.Ordinal),
        ];
    }

    /// <summary>The report's text; null while there is none.</summary>
    public string? ReadText(string experiment) =>
        FolderOf(experiment) is { } folder && new ExperimentFolder(folder).Report is var report && File.Exists(report) ? SharedFile.ReadText(report) : null;

    /// <summary>Where a file of <see cref="List"/> is served, relative to the base address.</summary>
    public static string Address(string experiment, string file) =>
        $"{Addresses.Report(experiment)}/{Uri.EscapeDataString(file)}";

    /// <summary>Answers with a file that <see cref="List"/> names, and with nothing else of the machine.</summary>
    public IResult Send(string experiment, string file) => List(experiment).Contains(file)
        ? TypedResults.PhysicalFile(Path.Combine(FolderOf(experiment)!, file), s_contentTypes[Path.GetExtension(file)])
        : TypedResults.NotFound();
}
