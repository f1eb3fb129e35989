using Cgh.Core.Runs;

namespace Cgh.Dashboard.Compare;

/// <summary>Some runs of an experiment, as an address has them: <c>EXPERIMENT</c> (all), <c>EXPERIMENT/RUN</c> or <c>EXPERIMENT/RUN,RUN</c>.</summary>
/// <param name="Experiment">Id of the experiment.</param>
/// <param name="Names">Names of the runs; empty for all that train.</param>
internal sealed record RunSelection(string Experiment, IReadOnlyList<string> Names)
{
    public static RunSelection Parse(string text)
    {
        var at = text.IndexOf('/');
        return at < 0
            ? new RunSelection(text, [])
            : new RunSelection(text[..at], text[(at + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>The shortest selections of some runs: one for each experiment.</summary>
    public static IReadOnlyList<RunSelection> Of(IEnumerable<RunId> runs) =>
        [.. runs.GroupBy(run => run.Experiment).Select(group => new RunSelection(group.Key, [.. group.Select(run => run.Name)]))];

    public override string ToString() => Names.Count == 0 ? Experiment : $"{Experiment}/{string.Join(',', Names)}";
}
