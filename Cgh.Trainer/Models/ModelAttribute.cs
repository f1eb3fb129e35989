namespace Cgh.Trainer.Models;

/// <summary>
/// Marks a static method that creates a model of <see cref="Cgh.Core.Models.ModelCatalog"/>, with weights drawn from Torch's generator. The method has a
/// parameter for the number of classes and, for a model with an auxiliary head, one for whether to add it.
/// </summary>
/// <param name="name">Name in the catalog.</param>
/// <param name="lastLayer">Name of the linear layer whose outputs are the logits.</param>
/// <param name="lastLayerInputs">Number of inputs of that layer.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ModelAttribute(string name, string lastLayer, int lastLayerInputs) : Attribute
{
    public string Name { get; } = name;

    public LastLayer LastLayer { get; } = new(lastLayer, lastLayerInputs);
}

/// <summary>A linear layer.</summary>
/// <param name="Name">Name prefix of its parameters.</param>
/// <param name="Inputs">Number of inputs.</param>
internal sealed record LastLayer(string Name, int Inputs);
