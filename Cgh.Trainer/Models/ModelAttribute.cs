namespace Cgh.Trainer.Models;

/// <summary>
/// Names the model of <see cref="Cgh.Core.Models.ModelCatalog"/> that a static method makes, its weights drawn from Torch's generator. The method takes
/// the number of classes, and of a model with an auxiliary head also whether it is to have it.
/// </summary>
/// <param name="name">As in the catalog.</param>
/// <param name="lastLayer">Name of the linear layer whose outputs are the logits, as in the model's parameters.</param>
/// <param name="lastLayerInputs">Number of its inputs.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ModelAttribute(string name, string lastLayer, int lastLayerInputs) : Attribute
{
    public string Name { get; } = name;

    public LastLayer LastLayer { get; } = new(lastLayer, lastLayerInputs);
}

/// <summary>A linear layer.</summary>
/// <param name="Name">As in the model's parameters.</param>
/// <param name="Inputs">Columns of its weight.</param>
internal sealed record LastLayer(string Name, int Inputs);
