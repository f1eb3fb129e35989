using System.Globalization;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Core.Experiments;

/// <summary><c>experiment.json</c>: the configuration of an experiment, with all defaults filled in.</summary>
public sealed record ExperimentRecord
{
    public const string FileName = "experiment.json";

    /// <summary>Version of the file format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Id of the experiment, as <see cref="ExperimentFolder.NewId"/> builds it.</summary>
    public required string Id { get; init; }

    /// <summary>The recipe that the experiment runs.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>When the experiment was submitted.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Runs, by name, that are not active although their folder does not record it, such as one cancelled while queued.</summary>
    public IReadOnlyDictionary<string, RestingRun> Resting { get; init; } = new Dictionary<string, RestingRun>();
}

/// <summary>Status of an inactive run, where its folder does not record it.</summary>
public sealed record RestingRun(RunStatus Status, string? Error);

/// <summary>Folder of an experiment: <c>experiment.json</c>, one folder per run, and the report.</summary>
/// <param name="Path">Path of the folder.</param>
public sealed record ExperimentFolder(string Path)
{
    /// <summary>Format of the time at the end of an id.</summary>
    public const string TimeFormat = "yyyyMMdd-HHmmss";

    /// <summary>Path of the <see cref="ExperimentRecord"/>.</summary>
    public string Record => System.IO.Path.Combine(Path, ExperimentRecord.FileName);

    /// <summary>Path of the report in Markdown.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.md");

    /// <summary>Path of the report's figures as JSON.</summary>
    public string Results => System.IO.Path.Combine(Path, "results.json");

    /// <summary>Folder of the run of that name.</summary>
    public RunFolder Run(string name) => new(System.IO.Path.Combine(Path, name));

    /// <summary>Folders of the runs that have started, in the recipe's order; by name if there is no <see cref="ExperimentRecord"/>.</summary>
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

    /// <summary>Returns the id of an experiment submitted at that time: <c>RECIPE-yyyyMMdd-HHmmss</c>, in UTC.</summary>
    public static string NewId(string recipe, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{recipe}-{now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}");
}
