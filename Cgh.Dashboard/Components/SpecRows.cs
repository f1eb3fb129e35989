using System.Globalization;
using Cgh.Core.Runs;

namespace Cgh.Dashboard.Components;

/// <summary>A run spec as rows of a table.</summary>
internal static class SpecRows
{
    public static IReadOnlyList<(string Name, string Value)> Of(RunSpec spec)
    {
        var schedule = spec.Schedule == Schedule.Step ?
            string.Create(CultureInfo.InvariantCulture, $"× {spec.StepFactor} every {spec.StepEvery} epochs") :
            "cosine to zero";
        return
        [
            ("Update rule", spec.Rule.Title),
            ("Model", spec.Model),
            ("Dataset", spec.Dataset),
            ("Label set", spec.Labels),
            ("Augmentation", spec.Augmentation == Augmentation.CropFlip ? "random crop and flip" : "none"),
            ("Epochs", Number(spec.Epochs)),
            ("Batch size", Number(spec.BatchSize)),
            ("Learning rate", $"{Number(spec.LearningRate)}, {schedule}"),
            ("Momentum", Number(spec.Momentum)),
            ("Weight decay", Number(spec.WeightDecay)),
            ("Seed", Number(spec.Seed)),
            ("Precision", Precision(spec)),
            ("Device", spec.Device.ToString().ToLowerInvariant()),
            ("Torch threads", spec.Threads == 0 ? "all cores" : Number(spec.Threads)),
        ];
    }

    private static string Precision(RunSpec spec) =>
        $"{spec.Precision.ToString().ToLowerInvariant()}{(spec.Tf32 ? ", TF32" : "")}{(spec.CudnnBenchmark ? ", cuDNN benchmark" : "")}";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
