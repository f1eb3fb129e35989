using System.Globalization;
using Cgh.Core.Runs;

namespace Cgh.Dashboard.Parts;

/// <summary>A run spec as names and values for people.</summary>
internal static class SpecRows
{
    public static IReadOnlyList<(string Name, string Value)> Of(RunSpec spec)
    {
        var schedule = spec.Schedule == Schedule.Step ? string.Create(CultureInfo.InvariantCulture, $"× {spec.StepFactor} every {spec.StepEvery} epochs") : "cosine to zero";
        return
        [
            ("Rule", Words.Rule(spec.Rule)),
            ("Model", spec.Model),
            ("Dataset", spec.Dataset),
            ("Labels", spec.Labels),
            ("Augmentation", spec.Augmentation == Augmentation.CropFlip ? "random crop and flip" : "none"),
            ("Epochs", Number(spec.Epochs)),
            ("Batch size", Number(spec.BatchSize)),
            ("Learning rate", $"{Number(spec.LearningRate)}, {schedule}"),
            ("Momentum", Number(spec.Momentum)),
            ("Weight decay", Number(spec.WeightDecay)),
            ("Seed", Number(spec.Seed)),
            ("Precision", Precision(spec)),
            ("Device", spec.Device.ToString().ToLowerInvariant()),
            ("Torch threads", spec.Threads == 0 ? "all of the machine" : Number(spec.Threads)),
        ];
    }

    private static string Precision(RunSpec spec) =>
        $"{spec.Precision.ToString().ToLowerInvariant()}{(spec.Tf32 ? ", TF32" : "")}{(spec.CudnnBenchmark ? ", cuDNN's fastest" : "")}";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
