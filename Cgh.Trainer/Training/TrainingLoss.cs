using Cgh.Trainer.Models;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>What training makes smaller.</summary>
internal static class TrainingLoss
{
    // PyTorch's own fine-tuning tutorial weighs Inception's auxiliary loss by this; torchvision gives no other.
    private const double AuxiliaryWeight = 0.4;

    /// <summary>Mean cross-entropy in nats; with an auxiliary head in training mode, plus 0.4 times that of its logits.</summary>
    /// <param name="model">In the mode it is to be in.</param>
    /// <param name="images">n x 3 x side x side.</param>
    /// <param name="labels">n classes.</param>
    public static Tensor Of(nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels)
    {
        // Handles would keep what the backward pass does not need, and what it has done with.
        using var scope = NewDisposeScope();
        var (logits, auxiliary) = model is InceptionV3 inception ? inception.ForwardBoth(images) : (model.forward(images), null);
        var loss = Mean(logits, labels);
        return (auxiliary is null ? loss : loss + (AuxiliaryWeight * Mean(auxiliary, labels))).MoveToOuterDisposeScope();
    }

    /// <summary>Logits as what a loss is computed from: bfloat16 ones in float32, others as they are.</summary>
    public static Tensor Widened(Tensor logits) => logits.dtype == ScalarType.BFloat16 ? logits.to(ScalarType.Float32) : logits;

    private static Tensor Mean(Tensor logits, Tensor labels) => nn.functional.cross_entropy(Widened(logits), labels);
}
