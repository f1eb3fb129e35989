using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary><c>experiment.json</c>: what was asked for, complete.</summary>
public sealed record ExperimentRecord
{
    public const string FileName = "experiment.json";

    public int Version { get; init; } = 1;

    public required string Id { get; init; }

    public required Recipe Recipe { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Runs at rest whose folder does not say so, such as one that was cancelled while it was queued.</summary>
    public IReadOnlyDictionary<string, RestingRun> Resting { get; init; } = new Dictionary<string, RestingRun>();
}

/// <summary>What a run folder does not know of its run.</summary>
public sealed record RestingRun(RunStatus Status, string? Error);

/// <summary>Folder of an experiment: <c>experiment.json</c>, a folder for each run, the report.</summary>
public sealed record ExperimentFolder(string Path)
{
    public string Record => System.IO.Path.Combine(Path, ExperimentRecord.FileName);

    public string Report => System.IO.Path.Combine(Path, "report.md");

    public string Results => System.IO.Path.Combine(Path, "results.json");

    public RunFolder Run(string name) => new(System.IO.Path.Combine(Path, name));

    /// <summary>Runs that have begun, in the recipe's order where there is one, else by name.</summary>
    public IReadOnlyList<RunFolder> Runs()
    {
        if (!Directory.Exists(Path))
        {
            return [];
        }

        var order = File.Exists(Record) ? CghJson.Load<ExperimentRecord>(Record).Recipe.Runs.Select(run => run.Name).ToList() : [];
        return
        [
            .. Directory.GetDirectories(Path)
                .Select(folder => new RunFolder(folder))
                .Where(run => run.Exists)
                .OrderBy(run => order.IndexOf(System.IO.Path.GetFileName(run.Path)) is var at && at < 0 ? int.MaxValue : at)
                .ThenBy(run => run.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>An id for an experiment that begins now: <c>RECIPE-yyyyMMdd-HHmmss</c>, in UTC.</summary>
    public static string NewId(string recipe, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{recipe}-{now.UtcDateTime:yyyyMMdd-HHmmss}");
}
