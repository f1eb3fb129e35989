using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>A model that can have a second classifier on its intermediate features, whose loss is added to the training loss.</summary>
internal interface IHasAuxiliaryHead
{
    /// <summary>Returns the logits of both classifiers; those of the auxiliary head are null in evaluation mode or without one.</summary>
    (Tensor Logits, Tensor? Auxiliary) ForwardBoth(Tensor input);
}
