using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;

namespace Cgh.Dashboard.Components;

/// <summary>A run spec as rows of a table.</summary>
internal static class SpecRows
{
    public static IReadOnlyList<(string Name, string Value)> Of(RunSpec spec)
    {
        if (spec.Derive is { } stage)
        {
            return Of(stage, spec);
        }

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

    private static IReadOnlyList<(string Name, string Value)> Of(StageSpec stage, RunSpec spec)
    {
        (string Name, string? Value)[] rows =
        [
            ("Derives", stage.KindName),
            ("From", stage.From),
            ("Dataset", spec.Dataset),
            ("Train examples", stage.Train > 0 ? Number(stage.Train) : null),
            ("Test examples", stage.Test > 0 ? Number(stage.Test) : null),
            ("Ordered by", stage.Kind != StageKind.Learning ? null : stage.By == LearningTime.LastUnlearned ? "last unlearned" : "first learned"),
            ("Indices", stage.Indices),
            ("Test indices", stage.TestIndices),
            ("Seed", Number(spec.Seed)),
            ("Device", spec.Device.ToString().ToLowerInvariant()),
            ("Torch threads", spec.Threads == 0 ? "all cores" : Number(spec.Threads)),
        ];
        return [.. rows.Where(row => !string.IsNullOrEmpty(row.Value)).Select(row => (row.Name, row.Value!))];
    }

    private static string Precision(RunSpec spec) =>
        $"{spec.Precision.ToString().ToLowerInvariant()}{(spec.Tf32 ? ", TF32" : "")}{(spec.CudnnBenchmark ? ", cuDNN benchmark" : "")}";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
