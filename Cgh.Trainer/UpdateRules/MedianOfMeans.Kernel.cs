using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Trainer.UpdateRules;

internal sealed partial class MedianOfMeans : ICpuKernel
{
    bool ICpuKernel.Move(CpuUpdates updates, double learningRate, double decay) => Gradients.Count == 3
        ? updates.Groups<MedianEstimate>(Weights.Values, Gradients[0], Gradients[1], Gradients[2], learningRate, decay)
        : updates.MedianOfGroups(Weights.Values, Gradients, learningRate, decay);
}
