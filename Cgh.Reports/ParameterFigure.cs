using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Reports;

/// <summary>Final top-1 accuracy against a number of a rule, for completed runs that differ in that number only, and in their seeds.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Letter">The number, as the rule's form has it.</param>
/// <param name="Variants">The runs of each number, in ascending order.</param>
internal sealed record ParameterFigure(string Rule, char Letter, IReadOnlyList<Variant> Variants)
{
    // Two points are a difference, not a curve.
    private const int MinValues = 3;

    /// <summary>File name without extension.</summary>
    public string Name => $"top1-{Rule}-{char.ToLowerInvariant(Letter)}";

    public string Form => UpdateRuleCatalog.Find(Rule)!.Form;

    public string Caption => $"Final top-1 accuracy of {Form} against {Letter}{(Variants.Any(variant => variant.Runs.Count > 1) ? ", mean over seeds" : "")}";

    /// <summary>A figure for each number of a rule that has at least three values.</summary>
    public static IReadOnlyList<ParameterFigure> Of(IReadOnlyList<RunResults> runs) =>
    [
        .. from variant in Variant.Of(runs.Where(run => run.Status == RunStatus.Completed))
           from parameter in variant.Rule.Kind.Parameters
           group variant by (variant.Rule.Name, parameter.Letter, Others(variant, parameter.Letter)) into same
           where same.Count() >= MinValues
           let sorted = same.OrderBy(variant => variant.Rule[same.Key.Letter]).ToList()
           group new ParameterFigure(same.Key.Name, same.Key.Letter, sorted) by (same.Key.Name, same.Key.Letter) into figures
           select figures.MaxBy(figure => figure.Variants.Count),
    ];

    /// <summary>Mean accuracy in percent on an evaluation set by the value of the number; empty if a run lacks the set.</summary>
    public IReadOnlyList<(int Value, double Top1)> Points(string set) => Variants.All(variant => variant.Mean(set) is not null)
        ? [.. Variants.Select(variant => (variant.Rule[Letter], variant.Mean(set)!.Value))]
        : [];

    // What the runs of a curve have in common.
    private static RunSpec Others(Variant variant, char letter)
    {
        var numbers = variant.Rule.Kind.Parameters.Select(parameter => parameter.Letter == letter ? 0 : variant.Rule[parameter.Letter]);
        return variant.Runs[0].Spec with { Name = "", Seed = 0, Rule = new RuleChoice(variant.Rule.Name, [.. numbers]) };
    }
}
