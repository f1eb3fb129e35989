namespace Cgh.Trainer.UpdateRules;

/// <summary>Names the rule of <see cref="Cgh.Core.UpdateRules.UpdateRuleCatalog"/> that a <see cref="GradientRule"/> implements.</summary>
/// <remarks>The class needs a public constructor that takes the weights and the run's spec.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class UpdateRuleAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
