using System.Reflection;
using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Creates the rule of a spec from the class that has its <see cref="UpdateRuleAttribute"/>.</summary>
internal static class RuleFactory
{
    private static readonly Implementations<Func<FlatWeights, RunSpec, GradientRule>> s_rules = new(
        "update rule",
        () => UpdateRuleCatalog.All.Select(rule => rule.Name),
        Assembly.GetExecutingAssembly().GetTypes().SelectMany(Named));

    /// <summary>Creates the rule of <paramref name="spec"/>.</summary>
    public static GradientRule Create(RunSpec spec, FlatWeights weights) => s_rules[spec.Rule.Name](weights, spec);

    /// <summary>Checks that every rule of the catalog has an implementation and vice versa.</summary>
    /// <exception cref="InvalidOperationException">A rule or an implementation is missing.</exception>
    public static void Check() => s_rules.Check();

    /// <summary>For tests: adds a rule's class until the returned scope is disposed.</summary>
    internal static IDisposable Register(Type type) => s_rules.Register(Named(type).Single());

    /// <summary>Returns the start of each group of a mini-batch, and the end of the last. Sizes differ by at most one; larger groups come first.</summary>
    public static int[] GroupBounds(int examples, int groups) =>
        [.. Enumerable.Range(0, groups + 1).Select(group => (group * (examples / groups)) + Math.Min(group, examples % groups))];

    private static IEnumerable<KeyValuePair<string, Func<FlatWeights, RunSpec, GradientRule>>> Named(Type type) =>
        type.GetCustomAttributes<UpdateRuleAttribute>().Select(attribute => KeyValuePair.Create(attribute.Name, Constructor(type)));

    private static Func<FlatWeights, RunSpec, GradientRule> Constructor(Type type)
    {
        var constructor = type.GetConstructor([typeof(FlatWeights), typeof(RunSpec)])
            ?? throw new InvalidOperationException($"{type.Name} must have a public constructor with parameters {nameof(FlatWeights)} and {nameof(RunSpec)}.");
        return (weights, spec) => (GradientRule)constructor.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [weights, spec], culture: null);
    }
}
