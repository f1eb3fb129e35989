using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Dashboard.Compare;

namespace Cgh.Dashboard.Components;

/// <summary>URLs of the pages, relative to the base address.</summary>
internal static class PageUrls
{
    public static string Experiment(string id) => $"experiments/{Uri.EscapeDataString(id)}";

    public static string Report(string experiment) => $"{Experiment(experiment)}/report";

    public static string Run(RunId id) => $"runs/{Uri.EscapeDataString(id.Experiment)}/{Uri.EscapeDataString(id.Name)}";

    /// <summary>The comparison of an experiment's runs.</summary>
    public static string Compare(string experiment) => $"compare?run={Uri.EscapeDataString(experiment)}";

    /// <summary>The comparison of runs of any experiments, in the short form of an address. Names of runs have nothing to escape.</summary>
    public static string Compare(IEnumerable<RunId> runs) =>
        $"compare?{string.Join('&', RunSelection.Of(runs).Select(selection => $"run={selection}"))}";

    /// <summary>The review of a run's report on labels.</summary>
    public static string Labels(RunId id) => $"{Run(id)}/labels";

    /// <summary>A training image of the dataset that such a report is about.</summary>
    /// <param name="id">The run with the report.</param>
    /// <param name="version">Identifies the dataset's content, so that browsers can keep the image.</param>
    /// <param name="index">Index of the image.</param>
    public static string LabelImage(RunId id, string version, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Labels(id)}/images/{version}/{index}");

    public static string Dataset(string name) => $"datasets/{Uri.EscapeDataString(name)}";

    /// <summary>The page of sources, at a folder.</summary>
    public static string Folder(string folder) => $"sources?folder={Uri.EscapeDataString(folder)}";

    /// <summary>The page of sources, with a look at a source.</summary>
    public static string Source(string source) => $"sources?source={Uri.EscapeDataString(source)}";
}
