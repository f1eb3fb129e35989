using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Packing;

/// <summary>What will be packed, as a user reads it before packing begins.</summary>
internal static class PackSummary
{
    private const int MaxNames = 3;

    /// <summary>A sentence, or two, on each line.</summary>
    public static IEnumerable<string> Lines(IImageSource source, PackPlan plan)
    {
        var info = source.Info;
        yield return $"{info.Path}: {info.Kind}. Labels: {info.LabelsFrom}.";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Positions(Split.Train).Length:N0} train and {plan.Positions(Split.Val).Length:N0} val images, {ClassesOf(plan)}");
        if (plan.Selection.Holdout is { } share)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The source has no validation images: {share * 100:0.##}% of each class are held out (--holdout {share} --seed {plan.Selection.Seed}).");
        }

        if (plan.Count < source.Images.Count)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Selected {plan.Count:N0} of {source.Images.Count:N0} images and {plan.Classes.Count:N0} of {info.Classes.Count:N0} classes.");
        }

        foreach (var (reason, files, examples) in info.PassedOver)
        {
            var counted = string.Create(CultureInfo.InvariantCulture, $"{files:N0} {(files == 1 ? "file" : "files")}");
            yield return $"Passed over {counted}, {reason}: {Shortened(examples, files)}";
        }

        foreach (var warning in plan.Warnings)
        {
            yield return $"Warning: {warning}";
        }
    }

    private static string ClassesOf(PackPlan plan)
    {
        var names = plan.Classes.Select((name, label) => ClassText.Of(name, plan.ClassNames?[label])).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{names.Count:N0} classes: {Shortened(names, names.Count)}");
    }

    private static string Shortened(IReadOnlyList<string> names, int count) =>
        string.Join(", ", names.Take(MaxNames).Select(name => UserText.Shortened(name))) + (count > MaxNames ? ", ..." : ".");
}
