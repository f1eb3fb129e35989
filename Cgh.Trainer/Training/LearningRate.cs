using System.Diagnostics;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>Learning rate of each epoch, in closed form, so that checkpoints need no schedule state.</summary>
internal static class LearningRate
{
    /// <summary>
    /// Computes PyTorch's <c>CosineAnnealingLR(optimizer, epochs)</c> or <c>StepLR(optimizer, stepEvery, stepFactor)</c>, stepped once after
    /// each epoch.
    /// </summary>
    /// <param name="spec">Spec with the initial rate and the schedule.</param>
    /// <param name="epoch">Epoch, counting from 0.</param>
    public static double At(RunSpec spec, int epoch) => spec.Schedule switch
    {
        Schedule.Cosine => spec.LearningRate * (1 + Math.Cos(Math.PI * epoch / spec.Epochs)) / 2,
        Schedule.Step => spec.LearningRate * Math.Pow(spec.StepFactor, epoch / spec.StepEvery),
        _ => throw new UnreachableException($"Unknown schedule {spec.Schedule}."),
    };
}
