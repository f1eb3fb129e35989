namespace Cgh.Trainer.Models;

/// <summary>
/// Marks a static method that creates a model of <see cref="Cgh.Core.Models.ModelCatalog"/>, with weights drawn from Torch's generator. The method has a
/// parameter for the number of classes, then <c>int side</c> if the size of the model depends on the side of the images, or <c>bool auxiliaryLogits</c> if
/// it can have an auxiliary head.
/// </summary>
/// <param name="name">Name in the catalog.</param>
/// <param name="lastLayer">Name of the linear layer whose outputs are the logits.</param>
/// <param name="lastLayerInputs">Number of inputs of that layer.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ModelAttribute(string name, string lastLayer, int lastLayerInputs) : Attribute
{
    public string Name { get; } = name;

    public LastLayer LastLayer { get; } = new(lastLayer, lastLayerInputs);

    /// <summary>Name of the linear layer on the pixels; null if no layer's size depends on the side of the images.</summary>
    public string? PixelLayer { get; init; }

    /// <summary>Number of outputs of that layer.</summary>
    public int PixelLayerOutputs { get; init; }
}

/// <summary>A linear layer.</summary>
/// <param name="Name">Name prefix of its parameters.</param>
/// <param name="Inputs">Number of inputs.</param>
internal sealed record LastLayer(string Name, int Inputs);

/// <summary>A linear layer whose inputs are all pixels of an image.</summary>
/// <param name="Name">Name prefix of its parameters.</param>
/// <param name="Outputs">Number of outputs.</param>
internal sealed record PixelLayer(string Name, int Outputs);
