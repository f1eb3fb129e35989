using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.Dashboard.Charts;
using Cgh.Reports;

namespace Cgh.Dashboard.Compare;

/// <summary>A line of the comparison: a run, or runs that differ only in their seeds.</summary>
/// <param name="Name">Unique name, without a comma.</param>
/// <param name="Look">Colour and dash.</param>
/// <param name="Runs">The runs, at least one.</param>
public sealed record ComparedLine(string Name, LineLook Look, IReadOnlyList<RunState> Runs)
{
    /// <summary>Number of different seeds.</summary>
    public int Seeds => Runs.Select(run => run.Spec.Seed).Distinct().Count();
}

/// <summary>The lines of a comparison.</summary>
/// <param name="Lines">The lines.</param>
/// <param name="Refusal">Why the runs are not folded into groups, in a sentence; null if they are, or need not be.</param>
/// <param name="Missing">The keys by which they could be grouped, too.</param>
internal sealed record ComparedLines(IReadOnlyList<ComparedLine> Lines, string? Refusal, IReadOnlyList<string> Missing)
{
    /// <summary>A line for each run, or, if the query groups them, for each group of runs that differ in nothing but the seed.</summary>
    public static ComparedLines Of(IReadOnlyList<RunState> runs, IReadOnlyList<string> keys)
    {
        if (keys.Count == 0)
        {
            return new ComparedLines(Single(runs), Refusal: null, []);
        }

        var settings = runs.ToDictionary(run => run.Id, run => SpecSettings.Of(run.Spec));
        var known = settings.Values.SelectMany(run => run.Keys).ToHashSet(StringComparer.Ordinal);
        if (keys.FirstOrDefault(key => !known.Contains(key) || key == SpecSettings.Name) is { } unknown)
        {
            return new ComparedLines(Single(runs), $"Runs cannot be grouped by '{unknown}': no spec has this key. Select another.", []);
        }

        var groups = runs.GroupBy(run => string.Join(" · ", keys.Select(key => Value(key, settings[run.Id])))).ToList();
        foreach (var group in groups)
        {
            var differing = SpecSettings.Differing([.. group.Select(run => settings[run.Id])]).Where(key => key != SpecSettings.Seed).ToList();
            if (differing.Count > 0)
            {
                var missing = groups.SelectMany(other => SpecSettings.Differing([.. other.Select(run => settings[run.Id])]))
                    .Where(key => key != SpecSettings.Seed).Distinct().ToList();
                return new ComparedLines(
                    Single(runs),
                    $"The runs of '{group.Key}' are not folded into one line because they differ in {UserText.Join(differing)}, not only in the seed.",
                    missing);
            }
        }

        var byRule = keys.Contains("rule");
        var earlier = new Dictionary<string, int>();
        return new ComparedLines(
            [
                .. groups.Index().Select(group => new ComparedLine(
                    group.Item.Key.Replace(',', ';'),
                    byRule ? ByRule(group.Item.First().Spec.Rule, earlier) : ByIndex(group.Index),
                    [.. group.Item])),
            ],
            Refusal: null,
            []);
    }

    private static List<ComparedLine> Single(IReadOnlyList<RunState> runs)
    {
        var isOneExperiment = runs.Select(run => run.Id.Experiment).Distinct().Count() == 1;
        var earlier = new Dictionary<string, int>();
        return [.. runs.Select(run => new ComparedLine(isOneExperiment ? run.Id.Name : run.Id.ToString(), ByRule(run.Spec.Rule, earlier), [run]))];
    }

    // As on an experiment's page: a hue for each rule, a shade for each further line of that rule.
    private static LineLook ByRule(RuleChoice rule, Dictionary<string, int> earlier)
    {
        var count = earlier.GetValueOrDefault(rule.Name);
        earlier[rule.Name] = count + 1;
        return new LineLook(RunColors.Hue(rule), RunColors.Shade(count));
    }

    private static LineLook ByIndex(int index) => new(index % RunColors.Hues, RunColors.Shade(index / RunColors.Hues));

    private static string Value(string key, IReadOnlyDictionary<string, string> settings)
    {
        var value = settings.GetValueOrDefault(key, SpecSettings.Default);
        return key switch
        {
            "rule" => RuleChoice.TryParse(value, out var rule) ? rule.Title : value,
            "labels" or "model" or "dataset" => value,
            _ => $"{key} {value}",
        };
    }
}
