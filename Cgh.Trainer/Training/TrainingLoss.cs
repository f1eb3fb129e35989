using Cgh.Trainer.Models;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>The training loss.</summary>
internal static class TrainingLoss
{
    // The weight in PyTorch's fine-tuning tutorial; torchvision does not specify one.
    private const double AuxiliaryWeight = 0.4;

    /// <summary>Computes the mean cross-entropy in nats, plus 0.4 times that of an auxiliary head in training mode.</summary>
    /// <param name="model">The model, in training or evaluation mode.</param>
    /// <param name="images">Images, n x 3 x side x side.</param>
    /// <param name="labels">Class indices, n.</param>
    /// <param name="kept">Receives the logits, without gradient and in float32, in the scope of the caller; null if they are not needed.</param>
    public static Tensor Of(nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels, Action<Tensor>? kept = null)
    {
        // Release the handles of intermediate tensors, which would keep memory that the backward pass no longer needs.
        using var scope = NewDisposeScope();
        var (logits, auxiliary) = model is IHasAuxiliaryHead both ? both.ForwardBoth(images) : (model.forward(images), null);
        kept?.Invoke(Widened(logits.detach()).MoveToOuterDisposeScope());
        var loss = Mean(logits, labels);
        return (auxiliary is null ? loss : loss + (AuxiliaryWeight * Mean(auxiliary, labels))).MoveToOuterDisposeScope();
    }

    /// <summary>Converts a bfloat16 tensor to float32, in which losses and norms are computed.</summary>
    public static Tensor Widened(Tensor tensor) => tensor.dtype == ScalarType.BFloat16 ? tensor.to(ScalarType.Float32) : tensor;

    private static Tensor Mean(Tensor logits, Tensor labels) => nn.functional.cross_entropy(Widened(logits), labels);
}
