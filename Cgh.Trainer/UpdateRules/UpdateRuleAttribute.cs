namespace Cgh.Trainer.UpdateRules;

/// <summary>Marks a <see cref="GradientRule"/> as the implementation of a rule in <see cref="Cgh.Core.UpdateRules.UpdateRuleCatalog"/>.</summary>
/// <remarks>The class must have a public constructor with parameters for the weights and the run's spec.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class UpdateRuleAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
