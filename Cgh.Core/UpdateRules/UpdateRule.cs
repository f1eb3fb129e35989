namespace Cgh.Core.UpdateRules;

/// <summary>
/// What the product knows about an update rule besides its arithmetic. Recipes, command-line help, the dashboard, the report and the
/// tables in the docs read it; the trainer has an implementation of the same name.
/// </summary>
/// <param name="name">Lower-case word that recipes and options use, such as <c>rm3</c>.</param>
public sealed class UpdateRule(string name)
{
    /// <summary>Lower-case word that recipes and options use, such as <c>rm3</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What replaces the mini-batch gradient: a phrase without a full stop or Markdown.</summary>
    public required string Summary { get; init; }

    /// <summary>
    /// The estimate that the weights move along, in Markdown: <c>g</c> is the mini-batch gradient plus the weight decay times the weights.
    /// </summary>
    public required string Definition { get; init; }

    /// <summary>Where the rule comes from: a paper and its section, or what it extends.</summary>
    public required string Source { get; init; }

    /// <summary>The numbers that follow the name, separated by colons; most rules have none.</summary>
    public IReadOnlyList<RuleParameter> Parameters { get; init; } = [];

    /// <summary>What the numbers must satisfy together.</summary>
    public IReadOnlyList<RuleCondition> Conditions { get; init; } = [];

    /// <summary>Whether a run may use momentum with it.</summary>
    public bool TakesMomentum { get; init; }

    /// <summary>Whether it takes a median of three that can also be computed by the authors' formula (<see cref="Runs.MedianFormula.Authors"/>).</summary>
    public bool HasAuthorsMedian { get; init; }

    /// <summary>
    /// Number of groups that a mini-batch is split into, each with its own forward and backward pass and therefore its own batch statistics.
    /// A function of the parameters. Each group needs two examples.
    /// </summary>
    public Func<RuleChoice, int> Groups { get; init; } = static _ => 1;

    /// <summary>Whether it needs the gradient of each example of a mini-batch: only for a model that is fully connected.</summary>
    public bool NeedsExampleGradients { get; init; }

    /// <summary>
    /// How many examples of a mini-batch keep their gradient at a coordinate, if the values of a coordinate differ: the others are clipped. A function of
    /// the parameters and of the number of examples.
    /// </summary>
    public Func<RuleChoice, int, int> Unclipped { get; init; } = static (_, examples) => examples;

    /// <summary>Whether it leaves out what only one of its gradients has. A function of the parameters: a mean that trims nothing is not robust.</summary>
    public Func<RuleChoice, bool> IsRobust { get; init; } = static _ => false;

    /// <summary>Set on a rule that exists to show why another one works.</summary>
    public RuleControl? Control { get; init; }

    /// <summary>How its curves look.</summary>
    public RuleLook Look { get; init; } = RuleLook.Default;

    /// <summary>How it is written, with letters for its numbers: <c>trimmed:K:T</c>.</summary>
    public string Form => string.Concat(Parameters.Select(parameter => $":{parameter.Letter}").Prepend(Name));

    /// <summary>What its numbers may be, such as <c>K odd, from 3 to 9; 2T below K</c>; empty without parameters.</summary>
    public string Ranges => string.Join(
        "; ",
        Parameters.Select(parameter => parameter.Summary).Concat(Conditions.Select(condition => condition.Summary)).Where(text => text.Length > 0));

    /// <summary><see cref="Summary"/> with <see cref="Ranges"/> and whether it takes momentum.</summary>
    public string Help => string.Join("; ", new[] { Ranges, TakesMomentum ? "allows momentum" : "" }.Where(text => text.Length > 0)) is { Length: > 0 } limits
        ? $"{Summary} ({limits})"
        : Summary;

    /// <inheritdoc/>
    public override string ToString() => Form;
}

/// <summary>What a control rule shows when it memorizes as much as plain SGD and the other rule does not. The report puts both into a sentence.</summary>
/// <param name="Of">The rule that it is a control for, as a recipe writes it.</param>
/// <param name="Difference">What the control does, as a verb phrase: "averages the same three gradients of which RM3 takes the median".</param>
/// <param name="Conclusion">What follows, as a clause: "the median suppresses memorization, not the window".</param>
public sealed record RuleControl(string Of, string Difference, string Conclusion);
