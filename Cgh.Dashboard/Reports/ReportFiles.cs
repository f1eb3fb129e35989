using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Reports;

/// <summary>Reports in the data folder. A dashboard on a machine without it has no reports.</summary>
/// <param name="data">Null if the host has no data folder.</param>
public sealed class ReportFiles(DataFolder? data)
{
    private static readonly Dictionary<string, string> s_contentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = "text/plain; charset=utf-8",
        [".json"] = "application/json",
        [".png"] = "image/png",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>The experiment's folder; null if it is not on this machine.</summary>
    public string? FolderOf(string experiment) =>
        data is not null && DataFolder.IsName(experiment) && Path.Combine(data.Experiments, experiment) is var folder && Directory.Exists(folder)
            ? folder
            : null;

    /// <summary>Names of the report's files: the text first, then results and figures. Empty until the report is written.</summary>
    public IReadOnlyList<string> List(string experiment)
    {
        if (FolderOf(experiment) is not { } folder || !File.Exists(new ExperimentFolder(folder).Report))
        {
            return [];
        }

        return
        [
            .. new DirectoryInfo(folder).EnumerateFiles()
                // A symbolic link could lead out of the folder; the trainer creates none.
                .Where(file => s_contentTypes.ContainsKey(file.Extension) && file.LinkTarget is null)
                .Select(file => file.Name)
                .Where(file => file is not (ExperimentRecord.FileName or RunAnnotations.FileName))
                .OrderBy(file => Path.GetExtension(file) != ".md")
                .ThenBy(file => file, StringComparer.Ordinal),
        ];
    }

    /// <summary>The text of the report; null until it is written.</summary>
    public string? ReadText(string experiment) =>
        FolderOf(experiment) is { } folder && new ExperimentFolder(folder).Report is var report && File.Exists(report) ? SharedFile.ReadText(report) : null;

    /// <summary>URL of a file in <see cref="List"/>, relative to the base address.</summary>
    public static string Url(string experiment, string file) =>
        $"{PageUrls.Report(experiment)}/{Uri.EscapeDataString(file)}";

    /// <summary>Serves a file in <see cref="List"/>; 404 for any other.</summary>
    public IResult Send(string experiment, string file) => List(experiment).Contains(file)
        ? TypedResults.PhysicalFile(Path.Combine(FolderOf(experiment)!, file), s_contentTypes[Path.GetExtension(file)])
        : TypedResults.NotFound();
}
