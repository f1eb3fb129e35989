using System.Reflection;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Makes the rule that a spec names: the class with <see cref="UpdateRuleAttribute"/> of that name.</summary>
internal static class RuleFactory
{
    private static readonly Implementations<Func<FlatWeights, RunSpec, GradientRule>> s_rules = new(
        "update rule",
        () => UpdateRuleCatalog.All.Select(rule => rule.Name),
        Assembly.GetExecutingAssembly().GetTypes().SelectMany(Named));

    /// <summary>The rule of <paramref name="spec"/> over these weights.</summary>
    public static GradientRule Create(RunSpec spec, FlatWeights weights) => s_rules[spec.Rule.Name](weights, spec);

    /// <summary>Throws when a rule of the catalog has no implementation, or an implementation has no rule.</summary>
    /// <exception cref="InvalidOperationException">One is missing.</exception>
    public static void Check() => s_rules.Check();

    /// <summary>Adds a rule's class until the returned scope is disposed: for tests.</summary>
    internal static IDisposable Register(Type type) => s_rules.Register(Named(type).Single());

    /// <summary>
    /// Where each group of a mini-batch starts, and where the last one ends. Sizes differ by at most one, larger ones first.
    /// </summary>
    public static int[] GroupBounds(int examples, int groups) =>
        [.. Enumerable.Range(0, groups + 1).Select(group => (group * (examples / groups)) + Math.Min(group, examples % groups))];

    private static IEnumerable<KeyValuePair<string, Func<FlatWeights, RunSpec, GradientRule>>> Named(Type type) =>
        type.GetCustomAttributes<UpdateRuleAttribute>().Select(attribute => KeyValuePair.Create(attribute.Name, Constructor(type)));

    private static Func<FlatWeights, RunSpec, GradientRule> Constructor(Type type)
    {
        var constructor = type.GetConstructor([typeof(FlatWeights), typeof(RunSpec)])
            ?? throw new InvalidOperationException($"{type.Name} needs a public constructor that takes {nameof(FlatWeights)} and {nameof(RunSpec)}.");
        return (weights, spec) => (GradientRule)constructor.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [weights, spec], culture: null);
    }
}
