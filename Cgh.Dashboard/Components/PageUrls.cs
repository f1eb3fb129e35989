using Cgh.Core.Runs;

namespace Cgh.Dashboard.Components;

/// <summary>URLs of the pages, relative to the base address.</summary>
internal static class PageUrls
{
    public static string Experiment(string id) => $"experiments/{Uri.EscapeDataString(id)}";

    public static string Report(string experiment) => $"{Experiment(experiment)}/report";

    public static string Run(RunId id) => $"runs/{Uri.EscapeDataString(id.Experiment)}/{Uri.EscapeDataString(id.Name)}";
}
