using System.Diagnostics;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>The learning rate of each epoch, in closed form: a resumed run needs no schedule state.</summary>
internal static class LearningRate
{
    /// <summary>
    /// <c>CosineAnnealingLR(optimizer, epochs)</c> or <c>StepLR(optimizer, stepEvery, stepFactor)</c> of PyTorch, stepped once
    /// after each epoch.
    /// </summary>
    /// <param name="spec">Initial rate, schedule and its settings.</param>
    /// <param name="epoch">From 0.</param>
    public static double At(RunSpec spec, int epoch) => spec.Schedule switch
    {
        Schedule.Cosine => spec.LearningRate * (1 + Math.Cos(Math.PI * epoch / spec.Epochs)) / 2,
        Schedule.Step => spec.LearningRate * Math.Pow(spec.StepFactor, epoch / spec.StepEvery),
        _ => throw new UnreachableException($"{spec.Schedule} is no schedule."),
    };
}
