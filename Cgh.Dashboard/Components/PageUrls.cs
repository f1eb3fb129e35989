using Cgh.Core.Runs;

namespace Cgh.Dashboard.Components;

/// <summary>URLs of the pages, relative to the base address.</summary>
internal static class PageUrls
{
    public static string Experiment(string id) => $"experiments/{Uri.EscapeDataString(id)}";

    public static string Report(string experiment) => $"{Experiment(experiment)}/report";

    public static string Run(RunId id) => $"runs/{Uri.EscapeDataString(id.Experiment)}/{Uri.EscapeDataString(id.Name)}";

    public static string Dataset(string name) => $"datasets/{Uri.EscapeDataString(name)}";

    /// <summary>The page of sources, at a folder.</summary>
    public static string Folder(string folder) => $"sources?folder={Uri.EscapeDataString(folder)}";

    /// <summary>The page of sources, with a look at a source.</summary>
    public static string Source(string source) => $"sources?source={Uri.EscapeDataString(source)}";
}
